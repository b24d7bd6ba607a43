"""A store's hours as the live service words them: `9am-1pm, 2pm-7pm`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pushcart.stores.hours import hours_on

if TYPE_CHECKING:
    from pushcart.locator.calendar import Opening
    from pushcart.stores.hours import OpeningTimes

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SOON = timedelta(hours=1)
_ALL_DAY = [("00:00", "24:00")]


def hours_told(times: OpeningTimes, opening: Opening, at: datetime) -> dict[str, Any]:
    """What the live service's marker says of hours; `dow` and `day_index` count from Monday, 0."""
    here = at.astimezone(ZoneInfo(times.timezone))
    week = _week(times, here.date())
    soon = opening.closes_at is not None and opening.closes_at - at <= _SOON
    return {
        "dow": here.weekday(),
        "display_dow": week,
        "today_hours": week[here.weekday()]["bil_hrs"],
        "hours_known": 1,
        "is_open": int(opening.is_open),
        "next_open": "" if opening.is_open or opening.opens_at is None else _next(opening.opens_at, here),
        "is_closing_soon": int(soon),
        "status_class": "success" if opening.is_open else "danger",
        "status_label": "Open" if opening.is_open else "Closed",
        "opens_at": opening.opens_at,
        "closes_at": opening.closes_at,
        "timezone": times.timezone,
    }


@lru_cache(maxsize=10_000)
def _week(times: OpeningTimes, today: date) -> list[dict[str, Any]]:
    """Each weekday's next hours from today on, special days and holidays included."""
    return [
        {"bil_hrs": _spans(times, today + timedelta(days=(n - today.weekday()) % 7)), "label": label, "day_index": n}
        for n, label in enumerate(_DAYS)
    ]


def _spans(times: OpeningTimes, day: date) -> str:
    spans = hours_on(times, day)
    if spans == _ALL_DAY:
        return "24 hours"
    return ", ".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in spans) or "Closed"


def _next(opens_at: datetime, here: datetime) -> str:
    there = opens_at.astimezone(here.tzinfo)
    time = _clock(f"{there:%H:%M}")
    return time if there.date() == here.date() else f"{there:%a} {time}"


def _clock(time: str) -> str:
    """`7am` of 07:00, `7:30pm` of 19:30, `2am` of 26:00."""
    hour, minute = (int(part) for part in time.split(":"))
    half = "am" if hour % 24 < 12 else "pm"  # noqa: PLR2004 noon
    return f"{hour % 12 or 12}{f':{minute:02}' if minute else ''}{half}"
