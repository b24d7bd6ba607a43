from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from pushcart.events.record import record
from pushcart.webhooks.digest import START, Digest, digest

if TYPE_CHECKING:
    from types import ModuleType

DAY = date(2026, 6, 1)


def happen(at: datetime, clock: ModuleType, *, company_id: int = 7, test: bool = False) -> str:
    clock.freeze(at)
    with transaction.atomic():
        return record("carts.ordered", companies=[company_id], test=test)[0].uid


@pytest.mark.django_db
def test_it_chains_the_events_of_one_day_of_one_company(clock: ModuleType) -> None:
    happen(datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC), clock)
    first = happen(datetime(2026, 6, 1, 0, 0, tzinfo=UTC), clock)
    happen(datetime(2026, 6, 1, 10, 0, tzinfo=UTC), clock, company_id=8)
    happen(datetime(2026, 6, 1, 11, 0, tzinfo=UTC), clock, test=True)
    second = happen(datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC), clock)
    happen(datetime(2026, 6, 2, 0, 0, tzinfo=UTC), clock)
    chain = hashlib.sha256(f"{START}2:{first}".encode()).hexdigest()
    chain = hashlib.sha256(f"{chain}3:{second}".encode()).hexdigest()
    assert digest(7, DAY) == Digest(DAY, 2, 2, 3, chain)


@pytest.mark.django_db
def test_a_day_without_events_has_the_chain_that_each_begins_with() -> None:
    assert digest(7, DAY) == Digest(DAY, 0, 0, 0, START)
