from __future__ import annotations

import pytest

from pushcart.carts.actions.confirm import confirm
from pushcart.carts.errors import IllegalTransitionError
from tests import network
from tests.carts.orders import everything, line_of, money, say, shown, told

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["ordered", "received"])
def test_it_accepts_an_undecided_line(status):
    cart = network.cart(status=status)

    say(cart, confirm)

    assert line_of(cart).status == "confirmed"
    assert shown(cart)["respond_by"] is None
    assert shown(cart)["payment"]["status"] == "settling"
    assert told(cart)[-1] == "carts.confirmed"


def test_it_leaves_the_money_to_settle():
    cart = network.cart()
    before = money(line_of(cart))

    say(cart, confirm)

    assert money(line_of(cart)) == before
    assert before["held"] == 43192


def test_it_keeps_the_clock_running_while_another_line_is_undecided():
    cart = network.cart(lines=[(network.GRILL, 1), (network.TOWEL, 2)])

    say(cart, confirm, network.TOWEL)

    assert shown(cart)["respond_by"] is not None
    assert shown(cart)["status"] == "ordered"


def test_it_may_bring_a_fulfillment_url():
    cart = network.cart()

    say(cart, confirm, fulfillment_url="https://orders.example/1")
    say(cart, confirm, fulfillment_url="https://orders.example/2")

    assert shown(cart)["fulfillment_url"] == "https://orders.example/2"
    assert told(cart) == ["carts.ordered", "carts.confirmed", "carts.confirmed"]


def test_it_changes_nothing_when_said_again():
    cart = network.cart(status="confirmed")
    before = everything(cart)

    say(cart, confirm)

    assert everything(cart) == before


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        ("charge_failed", ["fulfilled", "rejected"]),
        ("fulfilled", ["refund"]),
        ("partially_refunded", ["fulfilled", "refund"]),
        ("refunded", []),
        ("rejected", []),
        ("auto_rejected", []),
        ("cancelled", []),
    ],
)
def test_it_is_refused_after_another_decision(status, allowed):
    cart = network.cart(status=status)
    before = everything(cart)

    with pytest.raises(IllegalTransitionError) as refused:
        say(cart, confirm)

    assert refused.value.details == {"status": status, "allowed": allowed}
    assert everything(cart) == before


def test_it_says_in_a_sentence_what_is_open():
    cart = network.cart(status="charge_failed")

    with pytest.raises(IllegalTransitionError) as refused:
        say(cart, confirm)

    assert str(refused.value) == "The line 601842495575 is charge_failed: open are fulfilled and rejected."
