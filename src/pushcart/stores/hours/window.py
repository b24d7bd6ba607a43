"""Store-open time: whether it runs, how much of it passes, and when a given amount has passed.

Moments are aware datetimes, UTC in the answers. Time is counted in real seconds, so that a span over the change to
summer time is an hour shorter than its wall times say, and one over the change back an hour longer.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pushcart.stores.hours.timetable import timetable
from pushcart.stores.hours.wall_clock import first_moment, reading, zone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushcart.stores.hours.opening_times import OpeningTimes

# How far ahead a store's next hours are looked for. A card hold lapses long before.
HORIZON = timedelta(days=60)

_MOMENT = timedelta(seconds=1)
# The clock on the wall may run ahead of the time that passes: by an hour in spring, by a day over the date line.
_LEAP = timedelta(days=1)


def is_open(hours: OpeningTimes, at: datetime) -> bool:
    """Whether the store is open at a moment. It is at the moment of opening, and no longer is at that of closing."""
    at = _utc(at)
    return any(opens <= at for opens, _ in open_spans(hours, at, at + _MOMENT))


def next_opening(hours: OpeningTimes, at: datetime) -> datetime | None:
    """The next moment after `at` at which the store opens: of an open store, the one after it has closed.

    None where it does not open within `HORIZON`.
    """
    at = _utc(at)
    closed_since = at
    for opens, closes in open_spans(hours, at, at + HORIZON):
        if opens > closed_since:
            return opens
        closed_since = closes
    return None


def closes_at(hours: OpeningTimes, at: datetime) -> datetime | None:
    """The moment at which the store, open at `at`, closes.

    None where it is closed already, and where it does not close within `HORIZON`.
    """
    at = _utc(at)
    closing = at
    for opens, closes in open_spans(hours, at, at + HORIZON):
        if opens > closing:
            break
        closing = closes
    return closing if at < closing < at + HORIZON else None


def deadline(hours: OpeningTimes, start: datetime, open_for: timedelta) -> datetime | None:
    """The moment at which `open_for` of store-open time has passed since `start`.

    A deadline that falls on closing time is closing time, not the next opening. None where so much does not pass within
    `HORIZON` of `start`.

    Raises:
        ValueError: `start` is naive, or `open_for` is negative.
    """
    start = _utc(start)
    if open_for < timedelta(0):
        raise ValueError(f"A window cannot be negative: {open_for}.")
    if not open_for:
        return start
    left = open_for
    for opens, closes in open_spans(hours, start, start + HORIZON):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    return None


def open_time_between(hours: OpeningTimes, start: datetime, end: datetime) -> timedelta:
    """How much store-open time passes from `start` to `end`.

    Raises:
        ValueError: a moment is naive, or `end` comes before `start`.
    """
    start, end = _utc(start), _utc(end)
    if end < start:
        raise ValueError(f"The end {end} comes before the start {start}.")
    return sum((closes - opens for opens, closes in open_spans(hours, start, end)), timedelta(0))


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone.")
    return moment.astimezone(UTC)


def open_spans(hours: OpeningTimes, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The moments of opening and closing, cut to `start` and `end`: in order, none overlapping; two may touch.

    `start` and `end` are in UTC.
    """
    place = zone(hours.timezone)
    first = reading(start, place)
    last = first + (end - start) + _LEAP
    for opens, closes in timetable(hours.text, hours.country, hours.region, first, last).spans(first, last):
        opening, closing = max(first_moment(opens, place), start), min(first_moment(closes, place), end)
        if opening >= end:
            return
        if opening < closing:
            yield opening, closing
