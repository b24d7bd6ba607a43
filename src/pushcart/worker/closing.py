"""The digests of the days that are over, as jobs: a day of many events keeps no order waiting."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from pushcart.events.actions.close_days import close_days
from pushcart.events.queries import streams_to_close

# After that the timetable asks again.
_TRY_AGAIN = RetryStrategy(max_attempts=10, wait=60)


def closing_due() -> int:
    """Asks for each stream with a day to close, once each, and counts them."""
    return sum(_ask(company_id, test=test) for company_id, test in streams_to_close())


def _ask(company_id: int, *, test: bool) -> bool:
    name = f"close days {company_id} {test}"
    try:
        close_days_of.configure(queueing_lock=name, lock=name).defer(company_id=company_id, test=test)
    except AlreadyEnqueued:
        return False
    return True


@app.task(name="worker.close_days", queue="digests", retry=_TRY_AGAIN)
def close_days_of(company_id: int, *, test: bool) -> None:
    close_days(company_id, test=test)
