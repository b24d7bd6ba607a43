from __future__ import annotations

from datetime import timedelta

import pytest

from pushcart.carts.actions.refund import refund
from pushcart.carts.errors import (
    CaptureOutstandingError,
    IllegalTransitionError,
    RefundAboveCaptureError,
    RefundAmountError,
)
from pushcart.payments.models import Refund
from tests import network
from tests.carts.orders import everything, hold_of, line_of, say, shown, told

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["confirmed", "fulfilled"])
def test_it_sets_the_amount_aside(status):
    cart = network.cart(status=status)
    events = told(cart)

    say(cart, refund, amount=5000)

    line, hold = line_of(cart), hold_of(cart)
    assert (line.status, line.kept, line.refunding, line.refunded) == (status, 43192, 5000, 0)
    assert (hold.refunding, hold.refunded) == (5000, 0)
    asked = Refund.objects.get(hold=hold)
    assert (asked.amount, asked.state) == (5000, "pending")
    assert told(cart) == events
    assert shown(cart)["refunded_total"] == 0


def test_it_adds_up_to_what_was_captured():
    cart = network.cart(status="fulfilled")

    say(cart, refund, amount=43191)
    say(cart, refund, amount=1)

    assert line_of(cart).refunding == 43192
    assert Refund.objects.count() == 2


def test_it_refuses_more_than_was_captured():
    cart = network.cart(status="fulfilled")
    say(cart, refund, amount=40000)
    before = everything(cart)

    with pytest.raises(RefundAboveCaptureError) as refused:
        say(cart, refund, amount=3193)

    assert refused.value.refundable == 3192
    assert refused.value.details == {"refundable": 31.92}
    assert str(refused.value) == "At most 31.92 USD can still be given back on the line 601842495575."
    assert everything(cart) == before


def test_it_counts_what_was_given_back_already():
    cart = network.cart(status="partially_refunded")

    with pytest.raises(RefundAboveCaptureError) as refused:
        say(cart, refund, amount=21597)

    assert refused.value.refundable == 21596


@pytest.mark.parametrize("amount", [None, 0, -1])
def test_it_needs_an_amount(amount):
    cart = network.cart(status="fulfilled")
    before = everything(cart)

    with pytest.raises(RefundAmountError):
        say(cart, refund, amount=amount)

    assert everything(cart) == before


def test_it_has_nothing_to_give_back_of_a_reservation():
    cart = network.cart(path="ropis", status="confirmed")
    before = everything(cart)
    assert shown(cart)["items"][0]["allowed"] == ["fulfilled"]

    with pytest.raises(RefundAboveCaptureError) as refused:
        say(cart, refund, amount=1)

    assert refused.value.refundable == 0
    assert everything(cart) == before


def test_it_has_nothing_to_give_back_of_what_was_paid_at_the_store():
    from pushcart.carts.actions.fulfill import fulfill

    cart = network.cart(status="charge_failed")
    say(cart, fulfill)

    with pytest.raises(RefundAboveCaptureError) as refused:
        say(cart, refund, amount=1)

    assert refused.value.refundable == 0


def test_it_waits_for_the_answer_to_the_charge():
    cart = network.cart(status="confirmed", settled=False)
    before = everything(cart)

    with pytest.raises(CaptureOutstandingError):
        say(cart, refund, amount=1)

    assert everything(cart) == before


@pytest.mark.parametrize(
    "status", ["ordered", "received", "charge_failed", "rejected", "auto_rejected", "cancelled", "refunded"]
)
def test_it_is_refused_for_a_line_that_has_nothing_left(status, clock):
    cart = network.cart(status=status)
    before = everything(cart)
    clock.move(timedelta(minutes=11))

    with pytest.raises(IllegalTransitionError):
        say(cart, refund, amount=43192)

    assert everything(cart) == before


def test_it_takes_the_same_amount_again_for_a_retry(clock):
    cart = network.cart(status="fulfilled")
    say(cart, refund, amount=5000)
    before = everything(cart)

    clock.move(timedelta(minutes=9, seconds=59))
    say(cart, refund, amount=5000)

    assert everything(cart) == before


def test_it_takes_the_same_amount_later_for_another_refund(clock):
    cart = network.cart(status="fulfilled")
    say(cart, refund, amount=5000)

    clock.move(timedelta(minutes=10))
    say(cart, refund, amount=5000)

    assert line_of(cart).refunding == 10000


def test_it_knows_a_retry_by_its_key_at_any_time(clock):
    cart = network.cart(status="fulfilled")
    say(cart, refund, amount=5000, key="return-17" * 30)
    before = everything(cart)

    clock.move(timedelta(days=30))
    say(cart, refund, amount=5000, key="return-17" * 30)

    assert everything(cart) == before


def test_it_tells_two_refunds_apart_by_their_keys():
    cart = network.cart(status="fulfilled")

    say(cart, refund, amount=5000, key="return-17")
    say(cart, refund, amount=5000, key="return-18")

    assert line_of(cart).refunding == 10000


def test_it_takes_a_retry_after_the_last_cent_was_given_back():
    cart = network.cart(status="refunded")
    before = everything(cart)

    say(cart, refund, amount=43192)

    assert everything(cart) == before
