from __future__ import annotations

import io

import pytest

from pushcart.carts.actions.reject import reject
from pushcart.carts.errors import IllegalTransitionError, ReasonMissingError, ReasonUnusableError
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.inventory.actions.take import take
from pushcart.inventory.models import Stock
from pushcart.inventory.queries import available
from tests import network
from tests.carts.orders import everything, line_of, say, shown, told

pytestmark = pytest.mark.django_db

REASON = "The last one was sold at the counter."


@pytest.mark.parametrize("status", ["ordered", "received", "charge_failed"])
def test_it_refuses_the_line_with_its_reason(status):
    cart = network.cart(status=status)

    say(cart, reject, reason=f" {REASON}\n")

    assert shown(cart)["items"][0]["status"] == "rejected"
    assert shown(cart)["items"][0]["reason"] == REASON
    assert shown(cart)["respond_by"] is None
    assert told(cart)[-1] == "carts.rejected"


def test_it_gives_the_stock_back_once():
    cart = network.cart(lines=[(network.GRILL, 3)])
    assert Stock.objects.get(store=cart.store, upc=network.GRILL).taken == 3

    say(cart, reject, reason=REASON)
    say(cart, reject, reason=REASON)

    assert Stock.objects.get(store=cart.store, upc=network.GRILL).taken == 0
    assert line_of(cart).stock_snapshot is None


def test_it_leaves_the_stock_of_a_newer_snapshot_alone():
    cart = network.cart(lines=[(network.GRILL, 3)])
    feed = io.BytesIO(f"upc,qty\n{network.GRILL},5\n".encode())
    import_feed(cart.retailer, feed, source="a test", store=cart.store)
    assert take(cart.store_id, network.GRILL, 4) is not None

    say(cart, reject, reason=REASON)

    assert Stock.objects.get(store=cart.store, upc=network.GRILL).taken == 4


def test_it_changes_nothing_when_said_again():
    cart = network.cart(status="rejected")
    before = everything(cart)

    say(cart, reject, reason="Another reason.")

    assert everything(cart) == before


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_it_needs_a_reason(reason):
    cart = network.cart()
    before = everything(cart)

    with pytest.raises(ReasonMissingError) as refused:
        say(cart, reject, reason=reason)

    assert (refused.value.code, refused.value.field, refused.value.upc) == (
        "reason_missing",
        "reason",
        network.GRILL,
    )
    assert everything(cart) == before


@pytest.mark.parametrize("reason", ["x" * 501, "sold\0out"])
def test_it_refuses_a_reason_that_cant_be_kept(reason):
    cart = network.cart()
    before = everything(cart)

    with pytest.raises(ReasonUnusableError):
        say(cart, reject, reason=reason)

    assert everything(cart) == before


def test_it_takes_a_reason_of_500_characters():
    cart = network.cart()

    say(cart, reject, reason="é" * 500)

    assert line_of(cart).reason == "é" * 500


@pytest.mark.parametrize(
    "status", ["confirmed", "fulfilled", "partially_refunded", "refunded", "auto_rejected", "cancelled"]
)
def test_it_is_refused_after_another_decision(status):
    cart = network.cart(status=status)
    before = everything(cart)

    with pytest.raises(IllegalTransitionError):
        say(cart, reject, reason=REASON)

    assert everything(cart) == before


@pytest.mark.parametrize(
    ("reason", "test", "hidden"),
    [
        ("Out of stock", False, True),
        ("out_of_stock", False, True),
        ("The last one was sold at the counter.", False, True),
        ("We could not find it.", False, True),
        ("None left, sorry", False, True),
        ("Out of stock", True, False),
        ("We don't deliver on Sundays.", False, False),
        ("The box is damaged.", False, False),
    ],
)
def test_a_store_that_has_none_sells_none_until_it_is_fed(reason, test, hidden):
    cart = network.cart(lines=[(network.GRILL, 3)], test=test)

    say(cart, reject, reason=reason)

    left = Stock.objects.get(store=cart.store, upc=network.GRILL)
    assert (left.hidden, left.taken) == (hidden, 0)
    assert available(cart.store_id, [network.GRILL])[network.GRILL].qty == (0 if hidden else left.on_hand)
    assert (take(cart.store_id, network.GRILL, 1) is None) is hidden
