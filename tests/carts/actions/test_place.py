from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pushcart.carts.actions.place import place
from pushcart.carts.models import Cart, Line
from pushcart.carts.order import Item, Order, Shopper
from pushcart.inventory.models import Stock
from pushcart.payments.models import Hold
from tests import network
from tests.carts.orders import shown, told

if TYPE_CHECKING:
    from types import ModuleType

    from tests.stripe_double import CardNetwork

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)  # a Tuesday, in Austin


def test_it_holds_the_card_and_hands_the_order_to_the_store(card_network: CardNetwork, clock: ModuleType):
    clock.freeze(NOON)
    store = network.whole_store(hours="Mo-Sa 09:00-21:00")
    network.stock(store, on_hand=3)
    grill = network.product()
    network.dealer(grill.brand, store.company)
    card_network.connect(store.company)

    placement = place(
        Order(
            brand_id=grill.brand_id,
            test=False,
            origin="www.emberoak.example",
            path="bopis",
            items=(Item(grill.upc, store.pk, 1, Decimal("399.00")),),
            card_token=card_network.card_token(),
            shopper=Shopper(first_name="Ada", last_name="Byron", email="ada@shopper.example"),
        )
    )
    assert placement.ordered, placement
