from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from pushcart.carts.actions.refund import refund
from pushcart.carts.errors import (
    CaptureOutstandingError,
    IllegalTransitionError,
    RefundAboveCaptureError,
    RefundAboveQuantityError,
    RefundAmountError,
)
from pushcart.carts.models import Line
from pushcart.payments.models import Hold, Refund
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


@pytest.fixture
def three():
    """A line of three pieces for 100.00 in all, so that none of them has a third to the cent."""
    cart = network.cart(lines=[(network.GRILL, 3)], status="fulfilled", price=3_333)
    line, hold = line_of(cart), hold_of(cart)
    assert (line.qty, hold.qty, line.total) == (3, 3, hold.amount)
    return cart


def _refunds(cart):
    return list(hold_of(cart).refunds.order_by("pk").values_list("amount", "qty"))


def test_it_gives_back_by_pieces_and_the_rest_with_the_last(three, clock):
    total = line_of(three).total
    say(three, refund, qty=1)
    clock.move(timedelta(minutes=11))
    say(three, refund, qty=1)
    say(three, refund, qty=1, key="the last")

    third, two = total // 3, total * 2 // 3
    assert _refunds(three) == [(third, 1), (two - third, 1), (total - two, 1)]
    assert (line_of(three).qty_refunding, line_of(three).qty_refunded, line_of(three).refunding) == (3, 0, total)
    assert shown(three)["items"][0]["qty_refunded"] == 0  # nothing has been given back yet


@pytest.mark.parametrize("qty", [2, 1])
def test_it_gives_back_no_more_pieces_than_were_sold(three, clock, qty):
    say(three, refund, qty=3 if qty == 1 else 2)
    clock.move(timedelta(minutes=11))
    before = everything(three)

    with pytest.raises(RefundAboveQuantityError) as refused:
        say(three, refund, qty=qty)

    assert refused.value.details == {"refundable_qty": 0 if qty == 1 else 1}
    assert everything(three) == before


def test_it_takes_an_amount_for_the_pieces_too(three):
    """A restocking fee, say."""
    say(three, refund, qty=2, amount=5_000)

    assert _refunds(three) == [(5_000, 2)]


def test_it_knows_a_retry_of_pieces_whatever_their_share_would_be_by_now(three, clock):
    for _ in range(2):
        say(three, refund, qty=2)
    say(three, refund, qty=1, key="a")
    clock.move(timedelta(days=1))
    say(three, refund, qty=1, key="a")

    assert [qty for _, qty in _refunds(three)] == [2, 1]


def test_an_amount_alone_is_no_retry_of_pieces(three):
    say(three, refund, qty=1)
    ((amount, _),) = _refunds(three)
    say(three, refund, amount=amount)

    assert _refunds(three) == [(amount, 1), (amount, 0)]


@pytest.mark.parametrize("columns", [{"qty_refunded": 4}, {"qty_refunding": 4}, {"qty": 0}])
def test_the_database_counts_the_pieces(three, columns):
    with pytest.raises(IntegrityError, match="payments_hold_qty"), transaction.atomic():
        Hold.objects.filter(pk=hold_of(three).pk).update(**columns)
    with pytest.raises(IntegrityError, match="carts_line_qty"), transaction.atomic():
        Line.objects.filter(pk=line_of(three).pk).update(**columns)
