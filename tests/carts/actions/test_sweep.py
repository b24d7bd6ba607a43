"""Carts that a process left half placed. What decided lines still owe is in test_money.py."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pushcart.carts.actions.sweep import sweep
from pushcart.inventory.models import Stock
from pushcart.kit.crypto import seal
from pushcart.payments.actions.place import place
from pushcart.payments.models import Hold
from tests import doubles, network
from tests.carts.orders import everything, hold_of, line_of, told
from tests.carts.paid import connected_store, ordered

pytestmark = pytest.mark.django_db
clock_file = doubles.clock_file

STUCK = timedelta(minutes=2, seconds=1)


@pytest.fixture
def store(stripe_double, clock):
    clock.freeze(clock.now())
    yield connected_store(stripe_double)
    stripe_double.assert_sound()


def _placing(store, stripe_double):
    """A cart at the moment after its holds were prepared."""
    cart = network.cart(store, lines=[(network.GRILL, 2)], status="placing")
    Hold.objects.update(sealed_token=seal(stripe_double.card_token(), use="card"))
    return cart


def test_it_leaves_a_cart_that_is_being_placed(store, stripe_double, clock):
    cart = _placing(store, stripe_double)
    before = everything(cart)
    clock.move(timedelta(minutes=2))

    assert sweep() == 0
    assert everything(cart) == before


def test_it_refuses_a_cart_that_was_left_before_its_card_was_asked(store, stripe_double, clock):
    cart = _placing(store, stripe_double)
    clock.move(STUCK)

    assert sweep() == 1

    assert line_of(cart).status == "refused"
    assert hold_of(cart).state == "failed"
    assert Stock.objects.get(store=store, upc=network.GRILL).taken == 0
    assert stripe_double.movements(store.company) == []
    assert told(cart) == []
    assert sweep() == 0


def test_it_releases_the_holds_of_a_cart_that_was_left_while_it_was_placed(store, stripe_double, clock):
    cart = _placing(store, stripe_double)
    assert place(hold_of(cart)).state == "held"
    clock.move(STUCK)

    assert sweep() == 1

    assert hold_of(cart).state == "released"
    assert stripe_double.movements(store.company) == [("hold", 86384), ("release", 86384)]


def test_it_finds_a_hold_out_whose_answer_was_lost(store, stripe_double, clock):
    cart = _placing(store, stripe_double)
    stripe_double.fault("answer_lost", "/v1/payment_intents", method="POST")
    assert place(hold_of(cart)).state == "placing"
    clock.move(STUCK)

    sweep()

    assert hold_of(cart).state == "released"
    assert stripe_double.movements(store.company) == [("hold", 86384), ("release", 86384)]


def test_it_goes_on_until_the_release_is_answered(store, stripe_double, clock):
    cart = _placing(store, stripe_double)
    place(hold_of(cart))
    stripe_double.fault("timeout", "/v1/payment_intents/*/cancel", seconds=0, times=2)
    clock.move(STUCK)

    counts = []
    for _ in range(4):
        counts.append(sweep())
        clock.move(timedelta(seconds=31))

    assert counts == [1, 1, 1, 0]
    assert hold_of(cart).state == "released"
    assert stripe_double.books(store.company)["holding"] == 0


def test_it_gives_up_a_hold_whose_account_closed_when_no_bank_keeps_it(store, stripe_double, clock):
    """The answer was lost, and the account is gone: nobody can be asked, and no hold lasts longer than 31 days."""
    cart = _placing(store, stripe_double)
    stripe_double.fault("answer_lost", "/v1/payment_intents", method="POST")
    assert place(hold_of(cart)).state == "placing"
    stripe_double.control("POST", f"accounts/{store.company.stripe_account.account_id}/deauthorize")
    clock.move(timedelta(days=30))
    assert (sweep(), hold_of(cart).state) == (1, "releasing")

    clock.move(timedelta(days=1, hours=1))

    assert (sweep(), hold_of(cart).state) == (1, "lapsed")
    clock.move(timedelta(minutes=1))
    assert sweep() == 0


def test_it_leaves_undecided_and_settled_orders_alone(store, stripe_double, clock):
    undecided = ordered(store, stripe_double.card_token())
    settled = network.cart(status="fulfilled")
    before = everything(undecided), everything(settled)
    clock.move(timedelta(hours=1))

    assert sweep() == 0
    assert (everything(undecided), everything(settled)) == before
