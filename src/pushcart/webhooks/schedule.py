"""When a delivery is tried again (contract, section 3).

The times count from the first try. While a decision is owed they follow the deadline: 5, 15, 30 s, 1, 2, 4, 8,
15 min and then every 15 min with jitter, and one last try before the window ends. With nothing owed they double from
5 s to 5 days. What is next follows from the time alone: a try that took long, or a clock that jumped, skips what it
passed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

_SECOND = timedelta(seconds=1)

OWED = tuple(seconds * _SECOND for seconds in (5, 15, 30, 60, 120, 240, 480, 900))
OWED_THEN_EVERY = timedelta(minutes=15)
# Spread over this much, so that the orders of an outage don't come back as one.
OWED_JITTER = timedelta(seconds=90)
# The last try leaves the retailer's system this long to answer us.
LAST_TRY_BEFORE = timedelta(seconds=60)

UNOWED_FIRST = timedelta(seconds=5)
UNOWED_END = timedelta(days=5)
# Of the gap before it.
UNOWED_JITTER = 0.1
LONGEST_RETRY_AFTER = timedelta(hours=6)


def next_try(
    *,
    first_at: datetime,
    now: datetime,
    respond_by: datetime | None,
    retry_after: timedelta | None = None,
    jitter: float = 0.0,
) -> datetime | None:
    """When to try again after a try that failed.

    Args:
        first_at: When the first try of this run began.
        now: When the last one ended.
        respond_by: The end of the window of an order that is still to be decided; None where nothing is owed.
        retry_after: What the endpoint asked for; it is honoured as far as the deadline leaves room, and with nothing
            owed for six hours.
        jitter: A random number from 0 to 1.

    Returns:
        None when it has been tried for as long as it is tried at all.
    """
    if respond_by is not None and now < respond_by:
        return _while_owed(first_at, now, respond_by, retry_after or timedelta(0), jitter)
    return _with_nothing_owed(first_at, now, retry_after or timedelta(0), jitter)


def _while_owed(
    first_at: datetime, now: datetime, respond_by: datetime, retry_after: timedelta, jitter: float
) -> datetime:
    last_try = respond_by - LAST_TRY_BEFORE
    if now >= last_try:
        return respond_by
    return min(max(first_at + _owed_step(now - first_at, jitter), now + retry_after), last_try)


def _owed_step(elapsed: timedelta, jitter: float) -> timedelta:
    for step in OWED:
        if step > elapsed:
            return step
    return (elapsed // OWED_THEN_EVERY + 1) * OWED_THEN_EVERY + OWED_JITTER * jitter


def _with_nothing_owed(first_at: datetime, now: datetime, retry_after: timedelta, jitter: float) -> datetime | None:
    elapsed = now - first_at
    if elapsed >= UNOWED_END:
        return None
    step = UNOWED_FIRST
    while step <= elapsed:
        step *= 2
    jittered = first_at + step + (step - elapsed) * UNOWED_JITTER * jitter
    asked_for = now + min(retry_after, LONGEST_RETRY_AFTER)
    return min(max(jittered, asked_for), first_at + UNOWED_END)
