from __future__ import annotations

import itertools
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from pushcart.carts.actions.place import place
from pushcart.carts.models import Document, Line
from pushcart.carts.order import Shopper
from pushcart.kit import money
from pushcart.payments.models import Hold
from pushcart.stores.models import Store, TaxRate
from tests.carts import placing_orders as placing
from tests.carts.placing_orders import HOME

if TYPE_CHECKING:
    from types import ModuleType

    from tests.doubles import StripeDouble

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

UPCS = ["036000291452", "042100005264", "012345678905", "076950450479"]
_shoppers = itertools.count(1)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=some.lists(some.tuples(some.integers(50, 200_000), some.integers(1, 99)), min_size=1, max_size=4),
    rate=some.decimals(min_value=0, max_value="0.2", places=5),
    fee=some.integers(0, 5_000),
)
def test_it_makes_every_sum_add_up(
    stripe_double: StripeDouble, clock: ModuleType, lines: list[tuple[int, int]], rate: Decimal, fee: int
):
    """What is shown, what stands in the rows, what is held by our books and by the double's."""
    clock.freeze(placing.NOON)
    store = Store.objects.first() or placing.store(stripe_double)
    Store.objects.update(delivery_fee=fee)
    TaxRate.objects.update(rate=rate)
    for upc, (price, _) in zip(UPCS, lines, strict=False):
        placing.sell(store, upc, on_hand=100_000, price=price)
    before = placing.holding(stripe_double)
    order = placing.order(
        *(
            placing.item(store, upc, qty, str(money.major(price, "usd")))
            for upc, (price, qty) in zip(UPCS, lines, strict=False)
        ),
        path="delivery",
        delivery=HOME,
        shopper=Shopper(last_name=f"Shopper {next(_shoppers)}"),
    )
    [cart] = place(order).carts

    shown = json.loads(Document.objects.get(cart=cart).body, parse_float=Decimal)
    rows = list(Line.objects.filter(cart=cart).order_by("position"))
    goods = sum(price * qty for price, qty in lines)
    assert money.minor(shown["subtotal"], "usd") == goods
    assert money.minor(shown["shipping_cost_total"], "usd") == fee == sum(row.shipping for row in rows)
    assert abs(money.minor(shown["tax_total"], "usd") - goods * rate) <= Decimal("0.5") * len(lines)
    assert shown["grand_total"] == shown["subtotal"] + shown["tax_total"] + shown["shipping_cost_total"]
    assert shown["grand_total"] == sum(item["total"] for item in shown["items"])
    held = money.minor(shown["grand_total"], "usd")
    assert held == sum(row.held for row in rows) == sum(row.authorised for row in rows)
    assert [row.held for row in rows] == [Hold.objects.get(line_id=row.pk).amount for row in rows]
    assert placing.holding(stripe_double) - before == held
