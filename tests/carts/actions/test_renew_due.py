from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pushcart.carts.actions.renew_due import renew_due
from pushcart.carts.actions.sweep import sweep
from pushcart.carts.actions.update import LineUpdate, update
from pushcart.payments.models import FormerIntent
from tests import network
from tests.carts.orders import hold_of, line_of, money, shown
from tests.carts.paid import connected_store, ordered

if TYPE_CHECKING:
    from pushcart.carts.models import Cart

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cart(stripe_double, clock) -> Cart:
    """Ordered at a store that shuts for ten days: the hold lapses after seven."""
    clock.freeze(datetime(2026, 11, 24, 18, tzinfo=UTC))
    store = connected_store(stripe_double, hours="2026 Dec 04-20 09:00-21:00")
    return ordered(store, stripe_double.card_token())


def test_a_hold_outlasts_a_long_closure(cart, stripe_double, clock):
    assert cart.respond_by > hold_of(cart).capture_before
    assert renew_due() == 0
    clock.move(timedelta(days=6, minutes=1))
    assert renew_due() == 1
    assert renew_due() == 0
    clock.move(timedelta(days=3, hours=22))

    update(cart.pk, [LineUpdate(network.GRILL, "confirmed")])

    assert hold_of(cart).state == "captured"
    total = line_of(cart).total
    assert stripe_double.movements(cart.retailer) == [
        ("hold", total),
        ("hold", total),
        ("release", total),
        ("capture", total),
    ]
    stripe_double.assert_sound()


def test_a_confirm_in_the_middle_of_a_renewal_charges_once_it_is_known(cart, stripe_double, clock):
    clock.move(timedelta(days=6, minutes=1))
    stripe_double.fault("answer_lost", "/v1/payment_intents")
    renew_due()
    assert hold_of(cart).state == "renewing"

    update(cart.pk, [LineUpdate(network.GRILL, "confirmed")])

    assert shown(cart)["items"][0]["payment_status"] == "settling"
    clock.move(timedelta(seconds=31))
    sweep()
    assert shown(cart)["items"][0]["payment_status"] == "captured"
    assert [kind for kind, _ in stripe_double.movements(cart.retailer)] == ["hold", "hold", "release", "capture"]


def test_a_reject_in_the_middle_of_a_renewal_leaves_nothing_held(cart, stripe_double, clock):
    clock.move(timedelta(days=6, minutes=1))
    stripe_double.fault("answer_lost", "/v1/payment_intents")
    renew_due()
    update(cart.pk, [LineUpdate(network.GRILL, "rejected", reason="Sold.")])
    clock.move(timedelta(seconds=31))
    sweep()
    assert (hold_of(cart).state, money(line_of(cart))["released"]) == ("released", line_of(cart).total)
    assert stripe_double.books(cart.retailer)["holding"] == 0


def test_a_renewal_left_in_the_middle_is_taken_up(cart, stripe_double, clock):
    clock.move(timedelta(days=6, minutes=1))
    stripe_double.fault("answer_lost", "/v1/payment_intents")
    stripe_double.fault("timeout", "/v1/payment_intents/*/cancel", seconds=0)
    renew_due()
    assert renew_due() == 0
    clock.move(timedelta(seconds=31))
    assert renew_due() == 1
    assert hold_of(cart).state == "held"
    assert FormerIntent.objects.get().gone_at is None
    clock.move(timedelta(seconds=31))
    assert renew_due() == 1
    assert FormerIntent.objects.get().gone_at is not None
    assert stripe_double.books(cart.retailer)["holding"] == line_of(cart).total


def test_a_hold_that_lasts_to_the_end_of_the_window_is_not_renewed(stripe_double, clock):
    clock.freeze(datetime(2026, 11, 24, 18, tzinfo=UTC))
    store = connected_store(stripe_double, hours="2026 Dec 01 06:00-21:00")
    cart = ordered(store, stripe_double.card_token())
    assert cart.respond_by + timedelta(hours=1) < hold_of(cart).capture_before
    clock.move(timedelta(days=6, minutes=1))
    assert renew_due() == 0
