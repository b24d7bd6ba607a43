from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pushcart.companies.models import Endpoint, StripeAccount
from pushcart.eligibility.check import check
from pushcart.inventory.models import Freshness
from pushcart.kit import clock as kit_clock
from tests import network

pytestmark = pytest.mark.django_db


def answer(store, **options):
    store.refresh_from_db()
    found = check(store, **options)
    return found.pushcart, found.standard, [reason.code for reason in found.reasons]


def test_a_whole_store_sells_by_pushcart():
    assert answer(network.whole_store()) == (True, True, [])


@pytest.mark.parametrize("state", ["unchecked", "failing", "paused", "stopped"])
def test_an_endpoint_that_does_not_work_leaves_the_standard_workflow(state):
    retailer = network.retailer(billing_payment_method="pm_card_visa")
    network.stripe_account(retailer)
    network.endpoint(retailer, state=state)

    assert answer(network.whole_store(retailer)) == (False, True, [f"endpoint_{state}"])


def test_without_a_webhook_url_the_standard_workflow_is_left():
    store = network.whole_store()
    Endpoint.objects.filter(test=False).delete()

    assert answer(store) == (False, True, ["endpoint_missing"])
    assert answer(store, test=True) == (True, True, [])


def test_a_test_order_asks_for_the_endpoint_of_test_orders():
    store = network.whole_store()
    Endpoint.objects.filter(test=True).delete()

    assert answer(store) == (True, True, [])
    assert answer(store, test=True) == (False, True, ["endpoint_missing"])


def test_another_retailers_endpoint_helps_nobody():
    store = network.whole_store()
    Endpoint.objects.all().delete()
    network.endpoint(network.retailer())

    assert answer(store) == (False, True, ["endpoint_missing"])


def test_a_store_that_was_not_activated_has_the_standard_workflow():
    assert answer(network.whole_store(pushcart=False)) == (False, True, ["pushcart_off"])


def test_a_feed_counts_for_less_than_24_hours():
    store = network.whole_store()
    fed_at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    Freshness.objects.update(fed_at=fed_at)

    just_before = check(store, fed_at + timedelta(hours=24) - timedelta(seconds=1))
    at_24_hours = check(store, fed_at + timedelta(hours=24))

    assert just_before.pushcart
    assert (at_24_hours.pushcart, at_24_hours.standard) == (False, True)
    [reason] = at_24_hours.reasons
    assert (reason.code, reason.scope) == ("feed_stale", "pushcart")
    assert reason.message == "The store's stock was last fed more than 24 hours ago."


def test_the_operator_says_how_old_a_feed_may_be(settings):
    store = network.whole_store()
    settings.PUSHCART_FEED_MAX_AGE_HOURS = 72
    fed_at = Freshness.objects.get().fed_at

    assert check(store, fed_at + timedelta(hours=71)).pushcart
    assert not check(store, fed_at + timedelta(hours=72)).pushcart


def test_a_store_that_was_never_fed_has_the_standard_workflow():
    store = network.whole_store()
    Freshness.objects.all().delete()

    assert answer(store) == (False, True, ["feed_missing"])


def test_without_a_tax_rate_nothing_can_be_ordered():
    store = network.whole_store()
    store.tax_rates.all().delete()
    assert answer(store) == (False, False, ["tax_rate_missing"])

    network.tax_rate(store, valid_from=kit_clock.now() + timedelta(days=1))
    assert answer(store) == (False, False, ["tax_rate_missing"])
    assert answer(store, at=kit_clock.now() + timedelta(days=1, minutes=1))[1]


def test_without_a_stripe_account_nothing_can_be_ordered():
    store = network.whole_store()
    StripeAccount.objects.all().delete()

    assert answer(store) == (False, False, ["stripe_missing"])


def test_a_disconnected_stripe_account_breaks_buy_it_locally():
    store = network.whole_store()
    StripeAccount.objects.update(deauthorized_at=kit_clock.now())

    assert answer(store) == (False, False, ["stripe_disconnected"])


def test_a_stripe_account_that_can_not_charge_breaks_buy_it_locally():
    store = network.whole_store()
    StripeAccount.objects.update(charges_enabled=False, disabled_reason="requirements.past_due")

    assert answer(store) == (False, False, ["stripe_charges_disabled"])
    assert check(store).reasons[0].message.endswith("can't charge cards: requirements.past_due.")


def test_without_a_payment_method_of_the_retailers_nothing_can_be_ordered():
    retailer = network.whole_retailer()
    store = network.whole_store(retailer)
    retailer.billing_payment_method = ""
    retailer.save()

    assert answer(store) == (False, False, ["billing_missing"])


def test_a_closed_store_sells_nothing():
    assert answer(network.whole_store(closed=True)) == (False, False, ["store_closed"])


def test_it_names_everything_that_stands_in_the_way_the_gravest_first():
    assert answer(network.store(pushcart=False, closed=True)) == (
        False,
        False,
        [
            *("store_closed", "tax_rate_missing", "stripe_missing", "billing_missing"),
            *("pushcart_off", "feed_missing", "endpoint_missing"),
        ],
    )
