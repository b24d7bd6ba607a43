"""What an owner hears of the stores: losses and returns, one letter for all that took the same turn at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from pushcart.eligibility.actions.renew_all import renew_all
from pushcart.events.follow import follow
from pushcart.events.models import Event
from pushcart.inventory.models import Freshness
from pushcart.kit import clock as kit_clock
from pushcart.notifications.models import KnownStanding, Notice
from pushcart.notifications.react import react
from tests import network

pytestmark = pytest.mark.django_db
STALE = "The store's stock was last fed more than 24 hours ago."
BILLING = "The retailer's account has no payment method for its own bills."


@pytest.fixture
def chain():
    """A retailer whose twelve stores were set up; its owner has heard of nothing."""
    company = network.whole_retailer(email="owner@chain.example")
    for _ in range(12):
        network.whole_store(company)
    follow("notifications", react)
    assert Notice.objects.count() == 0
    return company


def feed(company, *, age, stores=None):
    chosen = company.stores.all() if stores is None else stores
    Freshness.objects.filter(store__in=chosen).update(fed_at=kit_clock.now() - timedelta(hours=age))


def billing(company, card):
    company.billing_payment_method = card
    company.save()


def told():
    """What the owner is told by what changed: subject and text of each letter, in order."""
    known = list(Notice.objects.values_list("pk", flat=True))
    renew_all()
    follow("notifications", react)
    new = Notice.objects.exclude(pk__in=known).order_by("pk")
    assert {(n.kind, n.channel, n.recipient) for n in new} <= {("owner.eligibility", "mail", "owner@chain.example")}
    return [(n.subject, n.text) for n in new]


def named(stores):
    return "\n".join(f"  {store}" for store in stores)


def test_setting_up_is_told_to_nobody():
    company = network.retailer(email="owner@chain.example")
    store = network.store(company)
    assert told() == []
    network.tax_rate(store)
    network.stripe_account(company)
    billing(company, "pm_card_visa")
    assert told() == []
    assert store.standing.standard
    network.endpoint(company)
    network.fed(store)
    assert told() == []
    store.standing.refresh_from_db()
    assert store.standing.pushcart


def test_a_chain_that_loses_pushcart_gets_one_letter(chain):
    feed(chain, age=25)
    [(subject, text)] = told()
    assert subject == "12 stores take orders by mail, not by PushCart"
    assert text == (
        f"{subject}:\n\n{named(chain.stores.order_by('pk'))}\n\n"
        f"Orders reach the staff by the standard workflow, because of this:\n\n  {STALE}\n"
    )
    assert Event.objects.filter(type="eligibility.changed", company_id=chain.pk).count() == 24


def test_and_one_when_it_is_back(chain):
    feed(chain, age=25)
    told()
    feed(chain, age=0)
    [(subject, text)] = told()
    assert subject == "12 stores take orders by PushCart again"
    assert text == f"{subject}:\n\n{named(chain.stores.order_by('pk'))}\n"


def test_one_store_is_named_in_the_subject(chain):
    store = chain.stores.first()
    feed(chain, age=25, stores=[store])
    assert [subject for subject, _ in told()] == [f"{store} takes orders by mail, not by PushCart"]
    feed(chain, age=0, stores=[store])
    assert [subject for subject, _ in told()] == [f"{store} takes orders by PushCart again"]


def test_what_is_lost_wholly_comes_back_step_by_step(chain):
    billing(chain, "")
    feed(chain, age=25)
    [(subject, text)] = told()
    assert subject == "12 stores take no orders"
    assert text.endswith(f"Nothing can be ordered there, because of this:\n\n  {BILLING}\n  {STALE}\n")
    billing(chain, "pm_card_visa")
    assert [subject for subject, _ in told()] == ["12 stores take orders again, by mail"]
    feed(chain, age=0)
    assert [subject for subject, _ in told()] == ["12 stores take orders by PushCart again"]


def test_stores_that_turn_for_other_reasons_get_a_letter_of_their_own(chain):
    first, second, third = chain.stores.order_by("pk")[:3]
    feed(chain, age=25, stores=[first, second])
    third.pushcart = False
    third.save()
    assert sorted(subject for subject, _ in told()) == [
        "2 stores take orders by mail, not by PushCart",
        f"{third} takes orders by mail, not by PushCart",
    ]


def test_other_reasons_alone_are_no_news(chain):
    feed(chain, age=25)
    assert len(told()) == 1
    chain.stores.update(pushcart=False)
    assert told() == []


def test_what_was_over_before_it_was_told_is_no_news(chain):
    feed(chain, age=25)
    renew_all()
    feed(chain, age=0)
    assert told() == []


def test_a_new_store_of_a_chain_is_set_up_in_silence(chain):
    store = network.store(chain)
    assert told() == []
    network.tax_rate(store)
    network.fed(store)
    assert told() == []
    assert KnownStanding.objects.get(store=store).level == KnownStanding.Level.PUSHCART


def test_a_very_long_list_is_cut(chain):
    for _ in range(40):
        network.whole_store(chain)
    told()
    feed(chain, age=25)
    [(subject, text)] = told()
    assert subject.startswith("52 stores ")
    assert text.count("\n  Retailer") == 50
    assert "\n  and 2 more\n" in text


def test_the_best_is_never_below_the_present(chain):
    with pytest.raises(IntegrityError), transaction.atomic():
        KnownStanding.objects.update(best=0)
