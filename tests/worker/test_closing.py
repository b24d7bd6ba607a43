"""The digests of days as jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from pushcart.events.models import Day
from pushcart.events.record import record
from pushcart.worker.closing import close_days_of, closing_due

if TYPE_CHECKING:
    from types import ModuleType

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_each_stream_with_a_day_to_close_is_asked_for_once(clock: ModuleType) -> None:
    clock.freeze(NOON)
    for company_id, test in ((7, False), (7, True), (8, False)):
        with transaction.atomic():
            record("carts.ordered", companies=[company_id], test=test)
    assert closing_due() == 0
    clock.freeze(NOON + timedelta(days=1))
    assert (closing_due(), closing_due()) == (3, 0)
    jobs = list(ProcrastinateJob.objects.filter(task_name="worker.close_days").order_by("id"))
    assert [job.args for job in jobs] == [
        {"company_id": 7, "test": False},
        {"company_id": 7, "test": True},
        {"company_id": 8, "test": False},
    ]
    for job in jobs:
        close_days_of(**job.args)
    assert Day.objects.filter(day=NOON.date(), first=1, last=1).count() == 3
    assert closing_due() == 0
