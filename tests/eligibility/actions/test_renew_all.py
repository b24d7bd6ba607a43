from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from pushcart.companies.models import StripeAccount
from pushcart.eligibility.actions.renew import renew
from pushcart.eligibility.actions.renew_all import renew_all
from pushcart.eligibility.actions.renew_company import renew_company
from pushcart.eligibility.models import Standing
from pushcart.events.models import Event
from tests import network

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def told(store):
    events = Event.objects.filter(type="eligibility.changed", company_id=store.company_id).order_by("number")
    return [
        (each.data["pushcart"], each.data["standard"], [reason["code"] for reason in each.data["reasons"]])
        for each in events
        if each.data["store_id"] == store.pk
    ]


def test_pushcart_goes_with_the_feeds_age_and_comes_back_by_itself(clock):
    clock.freeze(NOON)
    store = network.whole_store()
    assert told(store) == [(True, True, [])]

    clock.freeze(NOON + timedelta(hours=24))
    assert renew_all() == 1
    network.fed(store)
    assert renew_all() == 1

    assert told(store) == [(True, True, []), (False, True, ["feed_stale"]), (True, True, [])]
    standing = Standing.objects.get(store=store)
    assert (standing.pushcart, standing.standard, standing.reasons) == (True, True, [])
    assert standing.since == NOON + timedelta(hours=24)


def test_what_did_not_change_is_not_told_again(clock):
    clock.freeze(NOON)
    store = network.whole_store()
    clock.freeze(NOON + timedelta(hours=1))

    assert renew_all() == 0
    assert not renew(store.pk)

    assert told(store) == [(True, True, [])]
    assert Standing.objects.get().since == NOON


def test_a_further_cause_is_a_change():
    store = network.whole_store(pushcart=False)
    StripeAccount.objects.update(charges_enabled=False)

    assert renew(store.pk)

    assert told(store)[-1] == (False, False, ["stripe_charges_disabled", "pushcart_off"])


def test_it_renews_one_company_alone():
    mine, other = network.whole_store(), network.whole_store()
    StripeAccount.objects.update(charges_enabled=False)

    assert renew_company(mine.company_id) == 1

    assert not Standing.objects.get(store=mine).standard
    assert Standing.objects.get(store=other).standard


def test_its_event_tells_why():
    store = network.whole_store()
    store.tax_rates.all().delete()
    renew(store.pk)

    event = Event.objects.latest("pk")
    assert (event.type, event.company_id, event.test) == ("eligibility.changed", store.company_id, False)
    assert event.data == {
        "store_id": store.pk,
        "pushcart": False,
        "standard": False,
        "reasons": [
            {
                "code": "tax_rate_missing",
                "scope": "bil",
                "message": "The store has no local sales tax rate in force.",
            }
        ],
    }


def test_a_hundred_stores_cost_no_more_queries_than_one(django_assert_num_queries):
    retailer = network.whole_retailer()
    for _ in range(100):
        network.whole_store(retailer)

    # A savepoint around it, the lock, the standings, the facts.
    with django_assert_num_queries(5):
        assert renew_all() == 0


def test_the_database_knows_that_pushcart_stands_on_buy_it_locally():
    store = network.whole_store()

    with pytest.raises(IntegrityError, match="eligibility_order"), transaction.atomic():
        Standing.objects.filter(store=store).update(standard=False)
