from __future__ import annotations

import pytest

from pushcart.carts.actions.expire import expire
from pushcart.inventory.models import Stock
from tests import network
from tests.carts.orders import everything, line_of, say, shown, told

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["ordered", "received"])
def test_it_rejects_what_is_undecided(status):
    cart = network.cart(status=status, lines=[(network.GRILL, 2)])

    say(cart, expire)

    assert line_of(cart).status == "auto_rejected"
    assert shown(cart)["respond_by"] is None
    assert told(cart)[-1] == "carts.auto_rejected"
    assert Stock.objects.get(store=cart.store, upc=network.GRILL).taken == 0


@pytest.mark.parametrize(
    "status", ["confirmed", "charge_failed", "fulfilled", "refunded", "rejected", "auto_rejected", "cancelled"]
)
def test_it_leaves_what_was_decided(status):
    cart = network.cart(status=status)
    before = everything(cart)

    say(cart, expire)

    assert everything(cart) == before
