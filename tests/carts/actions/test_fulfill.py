from __future__ import annotations

import pytest

from pushcart.carts.actions.fulfill import fulfill
from pushcart.carts.errors import CaptureOutstandingError, IllegalTransitionError
from tests import network
from tests.carts.orders import everything, line_of, money, say, shown, told

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["confirmed", "partially_refunded"])
def test_it_says_that_the_line_was_handed_over(status):
    cart = network.cart(status=status)

    say(cart, fulfill)

    assert line_of(cart).status == "fulfilled"
    assert shown(cart)["items"][0]["allowed"] == ["refund"]
    assert told(cart)[-1] == "carts.fulfilled"


def test_it_takes_a_line_that_was_paid_at_the_store():
    cart = network.cart(status="charge_failed")

    say(cart, fulfill)

    line = line_of(cart)
    assert (line.status, line.reason) == ("fulfilled", "")
    assert money(line)["captured"] == 0
    assert shown(cart)["items"][0]["allowed"] == []


def test_it_takes_a_reserved_line_that_holds_nothing():
    cart = network.cart(path="ropis", status="confirmed")

    say(cart, fulfill)

    assert line_of(cart).status == "fulfilled"


def test_it_changes_nothing_when_said_again():
    cart = network.cart(status="fulfilled")
    before = everything(cart)

    say(cart, fulfill)

    assert everything(cart) == before


def test_it_waits_for_the_answer_to_the_charge():
    cart = network.cart(status="confirmed", settled=False)
    before = everything(cart)

    with pytest.raises(CaptureOutstandingError) as refused:
        say(cart, fulfill)

    assert refused.value.code == "capture_outstanding"
    assert "try again shortly" in str(refused.value)
    assert everything(cart) == before


@pytest.mark.parametrize("status", ["ordered", "received", "rejected", "auto_rejected", "cancelled", "refunded"])
def test_it_is_refused_for_a_line_that_was_not_accepted(status):
    cart = network.cart(status=status)
    before = everything(cart)

    with pytest.raises(IllegalTransitionError):
        say(cart, fulfill)

    assert everything(cart) == before
