"""Orders whose holds really stand at the payment double."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.carts.models import Cart
from pushcart.carts.placing.complete import complete
from pushcart.kit.crypto import seal
from pushcart.payments.actions.place import place
from pushcart.payments.models import Hold
from tests import network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushcart.companies.models import Company
    from pushcart.stores.models import Store
    from tests.doubles import StripeDouble


def connected_store(double: StripeDouble, company: Company | None = None, **values: Any) -> Store:
    """A whole store, open day and night, whose company has an account at the double."""
    store = network.whole_store(company, **values)
    double.connect(store.company)
    return store


def ordered(
    store: Store, token: str, *, lines: Sequence[tuple[str, int]] = ((network.GRILL, 1),), price: int = network.PRICE
) -> Cart:
    """An order of `lines` as (UPC, quantity), one hold for each, the window of two hours just begun."""
    cart = network.cart(store, lines=lines, status="placing", price=price)
    for hold in Hold.objects.filter(line_id__in=cart.lines.values("pk")):
        hold.sealed_token = seal(token, use="card")
        hold.save(update_fields=["sealed_token"])
        assert place(hold).state == "held"
    complete([cart])
    return Cart.objects.select_related("store", "retailer").get(pk=cart.pk)
