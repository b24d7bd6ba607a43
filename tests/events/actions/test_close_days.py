"""Each day's events in one line: a digest never changes, and together they hold every event once."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from pushcart.events.actions.close_days import close_days
from pushcart.events.models import START, Day, Event
from pushcart.events.queries import GRACE, streams_to_close
from pushcart.events.record import record

if TYPE_CHECKING:
    from types import ModuleType

pytestmark = pytest.mark.django_db
MIDNIGHT = datetime(2026, 6, 2, tzinfo=UTC)
A_MOMENT = timedelta(seconds=1)


def happen(clock: ModuleType, at: datetime, *, company_id: int = 7, test: bool = False) -> str:
    clock.freeze(at)
    with transaction.atomic():
        return record("carts.ordered", companies=[company_id], test=test)[0].uid


def chained(start: str, *events: tuple[int, str]) -> str:
    for number, uid in events:
        start = hashlib.sha256(f"{start}{number}:{uid}".encode()).hexdigest()
    return start


def close_all() -> int:
    return sum(close_days(company_id, test=test) for company_id, test in streams_to_close())


def days(company_id: int = 7, *, test: bool = False) -> list[tuple[date, int, int, str, str]]:
    rows = Day.objects.filter(company_id=company_id, test=test).order_by("day")
    return list(rows.values_list("day", "first", "last", "start", "chain"))


def test_it_chains_day_to_day_in_each_stream_of_its_own(clock: ModuleType) -> None:
    one = happen(clock, MIDNIGHT - timedelta(hours=20))
    other = happen(clock, MIDNIGHT - timedelta(hours=20), company_id=8)
    of_test = happen(clock, MIDNIGHT - timedelta(hours=3), test=True)
    two = happen(clock, MIDNIGHT - A_MOMENT)
    three = happen(clock, MIDNIGHT + timedelta(hours=1))
    clock.freeze(MIDNIGHT + timedelta(days=1) + GRACE)
    assert close_all() == 6
    first, second = chained(START, (1, one), (2, two)), chained(START, (1, one), (2, two), (3, three))
    assert days() == [(date(2026, 6, 1), 1, 2, START, first), (date(2026, 6, 2), 3, 3, first, second)]
    assert days(8)[0] == (date(2026, 6, 1), 1, 1, START, chained(START, (1, other)))
    assert days(test=True)[0] == (date(2026, 6, 1), 1, 1, START, chained(START, (1, of_test)))
    assert close_all() == 0


def test_a_day_is_closed_five_minutes_after_it_ends(clock: ModuleType) -> None:
    happen(clock, MIDNIGHT - A_MOMENT)
    clock.freeze(MIDNIGHT + GRACE - A_MOMENT)
    assert (close_all(), days()) == (0, [])
    clock.freeze(MIDNIGHT + GRACE)
    assert close_all() == 1


def test_what_was_stamped_in_time_and_committed_late_is_the_next_days(clock: ModuleType) -> None:
    one = happen(clock, MIDNIGHT - A_MOMENT)
    clock.freeze(MIDNIGHT + GRACE)
    close_all()
    late = happen(clock, MIDNIGHT - A_MOMENT)
    clock.freeze(MIDNIGHT + timedelta(days=1) + GRACE)
    assert close_all() == 1
    chain = chained(START, (1, one))
    assert days() == [
        (date(2026, 6, 1), 1, 1, START, chain),
        (date(2026, 6, 2), 2, 2, chain, chained(chain, (2, late))),
    ]


def test_it_makes_up_for_days_on_which_no_worker_ran_and_none_happened(clock: ModuleType) -> None:
    happen(clock, MIDNIGHT - A_MOMENT)
    last = happen(clock, MIDNIGHT + timedelta(days=3))
    clock.freeze(MIDNIGHT + timedelta(days=4) + GRACE)
    assert close_all() == 5
    found = days()
    assert [(day.day, first, last) for day, first, last, _, _ in found] == [
        (1, 1, 1),
        (2, 2, 1),
        (3, 2, 1),
        (4, 2, 1),
        (5, 2, 2),
    ]
    assert found[3][3] == found[3][4] == found[0][4]
    assert found[4][4] == chained(found[0][4], (2, last))
    assert [day.count for day in Day.objects.order_by("day")] == [1, 0, 0, 0, 1]


def test_a_digest_is_never_changed(clock: ModuleType) -> None:
    happen(clock, MIDNIGHT - A_MOMENT)
    clock.freeze(MIDNIGHT + GRACE)
    close_all()
    for change in (Day.objects.all().delete, lambda: Day.objects.update(last=9)):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
    assert len(days()) == Event.objects.count() == 1
