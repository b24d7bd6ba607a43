"""How what a hold says is booked on its line. That cards are asked is shown with the double, in test_money.py."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.db.models import F

from pushcart.carts.actions.confirm import confirm
from pushcart.carts.actions.fulfill import fulfill
from pushcart.carts.actions.refund import refund
from pushcart.carts.actions.settle import settle
from pushcart.payments import refunds
from pushcart.payments.ledger.book import book
from pushcart.payments.models import Hold, Refund
from tests import network
from tests.carts.orders import everything, hold_of, last_event, line_of, money, say, shown, told

pytestmark = pytest.mark.django_db


def _hold_is(cart, state, **columns):
    """The hold's row as the payment service left it: through the states that the database lets it take."""
    ways = {"captured": ["capturing"], "capture_failed": ["capturing"], "released": ["releasing"], "lapsed": []}
    for step in [*ways[state], state]:
        Hold.objects.filter(pk=hold_of(cart).pk).update(state=step, **(columns if step == state else {}))
    book(hold_of(cart))


def _refund_is(cart, state):
    Refund.objects.filter(hold=hold_of(cart), state__in=["pending", "succeeded"]).update(state=state)


def _bank_gives(cart, amount):
    Hold.objects.filter(pk=hold_of(cart).pk).update(refunding=F("refunding") - amount, refunded=F("refunded") + amount)
    _refund_is(cart, "succeeded")
    book(hold_of(cart))


def _bank_returns_late(cart, amount):
    Hold.objects.filter(pk=hold_of(cart).pk).update(refunded=F("refunded") - amount)
    _refund_is(cart, "failed")
    book(hold_of(cart))


def test_it_books_a_charge():
    cart = network.cart(status="confirmed", settled=False)
    _hold_is(cart, "captured", captured=43192)

    settle(cart.pk)

    assert money(line_of(cart)) == {
        "authorised": 43192,
        "held": 0,
        "captured": 43192,
        "released": 0,
        "kept": 43192,
        "refunding": 0,
        "refunded": 0,
    }
    assert shown(cart)["captured_total"] == 431.92
    assert shown(cart)["payment"]["status"] == "captured"
    assert told(cart) == ["carts.ordered", "carts.confirmed", "carts.charged"]


def test_it_books_a_release():
    cart = network.cart(status="rejected", settled=False)
    _hold_is(cart, "released")

    settle(cart.pk)

    assert (line_of(cart).held, line_of(cart).released) == (0, 43192)
    assert shown(cart)["payment"]["status"] == "released"
    assert told(cart)[-1] == "carts.released"


@pytest.mark.parametrize("status", ["ordered", "received"])
def test_it_books_a_hold_that_lapsed_while_the_store_thinks(status):
    cart = network.cart(status=status)
    _hold_is(cart, "lapsed")

    settle(cart.pk)

    line = line_of(cart)
    assert (line.status, line.held, line.released) == (status, 0, 43192)
    assert told(cart)[-1] == "carts.lapsed"
    assert shown(cart)["respond_by"] is not None


def test_it_says_that_a_lapsed_hold_cant_be_charged():
    cart = network.cart()
    _hold_is(cart, "lapsed")
    settle(cart.pk)

    say(cart, confirm)
    settle(cart.pk)

    line = line_of(cart)
    assert (line.status, line.reason) == ("charge_failed", "The hold on the card has lapsed.")
    assert (line.captured, line.released) == (0, 43192)
    assert told(cart)[1:] == ["carts.lapsed", "carts.confirmed", "carts.charge_failed"]
    assert shown(cart)["items"][0]["allowed"] == ["fulfilled", "rejected"]


def test_it_says_that_a_hold_that_lapses_with_the_decision_cant_be_charged():
    cart = network.cart(status="confirmed", settled=False)
    _hold_is(cart, "lapsed", failure_message="The bank has let the hold go.")

    settle(cart.pk)

    assert (line_of(cart).status, line_of(cart).reason) == ("charge_failed", "The bank has let the hold go.")
    assert told(cart)[2:] == ["carts.charge_failed", "carts.lapsed"]


def test_it_books_nothing_twice():
    cart = network.cart(status="confirmed", settled=False)
    _hold_is(cart, "captured", captured=43192)
    settle(cart.pk)
    before = everything(cart)

    settle(cart.pk)
    settle(cart.pk)

    assert everything(cart) == before


def test_it_leaves_a_reservation_alone():
    cart = network.cart(path="ropis", status="confirmed")
    before = everything(cart)

    settle(cart.pk)

    assert everything(cart) == before


@pytest.mark.parametrize("status", ["placing", "refused"])
def test_it_tells_nobody_of_a_line_that_never_was_ordered(status):
    cart = network.cart(status=status)
    Hold.objects.filter(line_id=line_of(cart).pk, state="placing").update(state="failed")
    before = everything(cart)

    settle(cart.pk)

    assert everything(cart) == before


@pytest.mark.parametrize(
    ("status", "amount", "then"),
    [
        ("confirmed", 100, "partially_refunded"),
        ("confirmed", 43192, "refunded"),
        ("fulfilled", 43191, "partially_refunded"),
        ("fulfilled", 43192, "refunded"),
    ],
)
def test_it_books_a_refund(status, amount, then):
    cart = network.cart(status=status)
    say(cart, refund, amount=amount)
    _bank_gives(cart, amount)

    settle(cart.pk)

    line = line_of(cart)
    assert (line.status, line.kept, line.refunding, line.refunded) == (then, 43192 - amount, 0, amount)
    assert told(cart)[-1] == "carts.refunded"
    assert last_event(cart).data == {"upcs": [network.GRILL], "amounts": {network.GRILL: amount}}
    assert shown(cart)["payment"]["status"] == then


def test_it_books_a_second_refund_of_the_same_line():
    cart = network.cart(status="partially_refunded")
    say(cart, refund, amount=96)
    _bank_gives(cart, 96)

    settle(cart.pk)

    line = line_of(cart)
    assert (line.status, line.refunded) == ("partially_refunded", 21692)
    assert told(cart)[-2:] == ["carts.refunded", "carts.refunded"]
    assert last_event(cart).data["amounts"] == {network.GRILL: 96}


def test_it_keeps_what_could_not_be_given_back():
    cart = network.cart(status="fulfilled")
    say(cart, refund, amount=100)
    Hold.objects.update(refunding=0)
    _refund_is(cart, "failed")

    settle(cart.pk)

    line = line_of(cart)
    assert (line.status, line.kept, line.refunding, line.refunded) == ("fulfilled", 43192, 0, 0)
    assert told(cart)[-1] == "carts.refund_failed"
    assert last_event(cart).data["amounts"] == {network.GRILL: 100}


def test_it_tries_a_failed_refund_anew():
    cart = network.cart(status="fulfilled")
    for _ in range(2):
        say(cart, refund, amount=100, key="return-17")
        Hold.objects.update(refunding=0)
        _refund_is(cart, "failed")
        settle(cart.pk)

    assert Refund.objects.count() == 2
    assert told(cart)[-2:] == ["carts.refund_failed", "carts.refund_failed"]


@pytest.mark.parametrize("status", ["confirmed", "fulfilled"])
@pytest.mark.parametrize("amount", [100, 43192])
def test_it_takes_a_line_back_whose_refund_failed_late(status, amount):
    cart = network.cart(status="confirmed")
    if status == "fulfilled":
        say(cart, fulfill)
    say(cart, refund, amount=amount)
    _bank_gives(cart, amount)
    settle(cart.pk)

    _bank_returns_late(cart, amount)
    settle(cart.pk)

    line = line_of(cart)
    assert (line.status, line.kept, line.refunded) == (status, 43192, 0)
    assert told(cart)[-2:] == ["carts.refunded", "carts.refund_failed"]
    assert "refund" in shown(cart)["items"][0]["allowed"]


def test_it_keeps_an_earlier_refund_when_a_later_one_fails_late():
    cart = network.cart(status="partially_refunded")
    say(cart, refund, amount=21596, key="the other half")
    _bank_gives(cart, 21596)
    settle(cart.pk)
    assert line_of(cart).status == "refunded"

    refunds.fail(hold_of(cart).refunds.latest("pk"), "The bank sent it back.")
    settle(cart.pk)

    line = line_of(cart)
    assert (line.status, line.kept, line.refunded) == ("partially_refunded", 21596, 21596)


def test_it_books_a_refund_that_was_made_at_the_payment_service_itself():
    cart = network.cart(status="fulfilled")
    events = told(cart)
    with transaction.atomic():
        Hold.objects.update(refunding=500)
        adopted = Refund.objects.create(hold=hold_of(cart), amount=500, stripe_id="re_1", key="re_1")
        book(hold_of(cart))
    settle(cart.pk)
    assert (line_of(cart).refunding, told(cart)) == (500, events)
    shown(cart)

    refunds.succeed(adopted)
    settle(cart.pk)

    line = line_of(cart)
    assert (line.status, line.kept, line.refunding, line.refunded) == ("partially_refunded", 42692, 0, 500)
    assert last_event(cart).data["amounts"] == {network.GRILL: 500}


def test_it_books_several_lines_in_one_change():
    cart = network.cart(lines=[(network.GRILL, 1), (network.TOWEL, 2)], status="confirmed", settled=False)
    for upc, amount in ((network.GRILL, 43192), (network.TOWEL, 86384)):
        hold = hold_of(cart, upc)
        Hold.objects.filter(pk=hold.pk).update(state="capturing")
        Hold.objects.filter(pk=hold.pk).update(state="captured", captured=amount)
        book(hold)

    settle(cart.pk)

    assert told(cart)[-1:] == ["carts.charged"]
    assert sorted(last_event(cart).data["upcs"]) == [network.TOWEL, network.GRILL]
    assert shown(cart)["captured_total"] == 1295.76
