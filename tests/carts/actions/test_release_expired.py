from __future__ import annotations

from datetime import timedelta

import pytest

from pushcart.carts.actions.confirm import confirm
from pushcart.carts.actions.expire_due import expire_due
from pushcart.carts.actions.release_expired import release_expired
from tests import doubles, network
from tests.carts.orders import hold_of, line_of, say, told
from tests.carts.paid import connected_store, ordered

pytestmark = pytest.mark.django_db
clock_file = doubles.clock_file


@pytest.fixture(autouse=True)
def _frozen(clock):
    clock.freeze(clock.now())


def test_it_releases_the_hold(stripe_double, clock):
    store = connected_store(stripe_double)
    cart = ordered(store, stripe_double.card_token())
    clock.move(timedelta(hours=2))
    expire_due()

    assert release_expired() == 1

    assert stripe_double.movements(store.company) == [("hold", 43192), ("release", 43192)]
    assert (line_of(cart).held, line_of(cart).released) == (0, 43192)
    assert told(cart) == ["carts.ordered", "carts.auto_rejected", "carts.released"]
    assert release_expired() == 0
    stripe_double.assert_sound()


def test_one_that_is_not_answered_keeps_no_other_waiting(stripe_double, clock):
    store = connected_store(stripe_double)
    carts = [ordered(store, stripe_double.card_token()) for _ in range(2)]
    stripe_double.fault("timeout", "/v1/payment_intents/*/cancel", seconds=0)
    clock.move(timedelta(hours=2))
    expire_due()

    assert release_expired() == 2

    assert sorted(hold_of(cart).state for cart in carts) == ["released", "releasing"]


def test_it_leaves_to_the_sweeper_what_is_older(stripe_double, clock):
    cart = ordered(connected_store(stripe_double), stripe_double.card_token())
    clock.move(timedelta(hours=2))
    expire_due()
    clock.move(timedelta(seconds=31))

    assert release_expired() == 0
    assert hold_of(cart).state == "held"


def test_it_does_not_touch_what_the_store_decided(clock):
    cart = network.cart(path="ropis")
    say(cart, confirm)

    assert release_expired() == 0
    assert told(cart) == ["carts.ordered", "carts.confirmed"]
