from __future__ import annotations

import pytest

from pushcart.carts.actions.cancel import cancel
from pushcart.carts.errors import IllegalTransitionError
from pushcart.inventory.models import Stock
from tests import network
from tests.carts.orders import everything, line_of, say, shown, told

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["ordered", "received"])
def test_it_withdraws_an_undecided_line(status):
    cart = network.cart(status=status, lines=[(network.GRILL, 2)])

    say(cart, cancel)

    assert line_of(cart).status == "cancelled"
    assert shown(cart)["respond_by"] is None
    assert told(cart)[-1] == "carts.cancelled"
    assert Stock.objects.get(store=cart.store, upc=network.GRILL).taken == 0


def test_it_changes_nothing_when_said_again():
    cart = network.cart(status="cancelled")
    before = everything(cart)

    say(cart, cancel)

    assert everything(cart) == before


@pytest.mark.parametrize(
    "status",
    ["confirmed", "charge_failed", "fulfilled", "partially_refunded", "refunded", "rejected", "auto_rejected"],
)
def test_it_is_too_late_once_the_store_has_decided(status):
    cart = network.cart(status=status)
    before = everything(cart)

    with pytest.raises(IllegalTransitionError):
        say(cart, cancel)

    assert everything(cart) == before
