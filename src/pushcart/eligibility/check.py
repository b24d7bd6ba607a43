"""May this store sell now, and by PushCart? The one place where that is decided (the announcement, 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from pushcart.eligibility import reasons
from pushcart.eligibility.facts import read
from pushcart.kit import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pushcart.eligibility.facts import Facts
    from pushcart.eligibility.reasons import Reason
    from pushcart.stores.models import Store


@dataclass(frozen=True)
class Answer:
    """What a store can do.

    Attributes:
        pushcart: Its orders are pushed to the retailer's own order system.
        standard: Orders can be taken there at all: Buy it Locally is whole.
        reasons: Everything that stands in the way, the gravest first; empty where `pushcart` is true.
    """

    pushcart: bool
    standard: bool
    reasons: list[Reason]


def check(store: Store, at: datetime | None = None, *, test: bool = False) -> Answer:
    """The answer for one store at the moment `at`, now by default.

    `test` asks for test orders, which are pushed to the endpoint for test orders.
    """
    at = at or clock.now()
    [facts] = read([store.pk], test=test)
    return judge(facts, at)


def judge(facts: Facts, at: datetime) -> Answer:
    """The answer that these facts give: the same for one store and for all of a network."""
    found = [*_place(facts), *_buy_it_locally(facts, at), *_pushcart(facts, at)]
    scopes = {reason.scope for reason in found}
    return Answer(pushcart=not found, standard=scopes <= {"pushcart"}, reasons=found)


def _place(facts: Facts) -> Iterator[Reason]:
    if facts.closed:
        yield reasons.STORE_CLOSED


def _buy_it_locally(facts: Facts, at: datetime) -> Iterator[Reason]:
    if facts.taxed_from is None or facts.taxed_from > at:
        yield reasons.TAX_RATE_MISSING
    if facts.account_id is None:
        yield reasons.STRIPE_MISSING
    elif facts.deauthorized:
        yield reasons.STRIPE_DISCONNECTED
    elif not facts.charges_enabled:
        yield reasons.stripe_cannot_charge(facts.disabled_reason)
    if not facts.has_billing:
        yield reasons.BILLING_MISSING


def _pushcart(facts: Facts, at: datetime) -> Iterator[Reason]:
    if not facts.activated:
        yield reasons.PUSHCART_OFF
    if facts.fed_at is None:
        yield reasons.FEED_MISSING
    elif at - facts.fed_at >= timedelta(hours=settings.PUSHCART_FEED_MAX_AGE_HOURS):
        yield reasons.feed_stale(settings.PUSHCART_FEED_MAX_AGE_HOURS)
    if not facts.endpoint_states:
        yield reasons.ENDPOINT_MISSING
    elif "working" not in facts.endpoint_states:
        yield reasons.endpoint_not_working(facts.endpoint_states[-1])
