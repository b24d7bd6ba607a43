"""A store's week as the open widget feed has it: HMM and HHMM numbers, 0 for closed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pushcart.stores.hours import OpeningTimes, hours_on

if TYPE_CHECKING:
    from datetime import datetime

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIRST, _LAST = 100, 2359


def week_of(row: Any, at: datetime) -> dict[str, int]:
    """`{mon_time_open: 900, mon_time_close: 2030, …}` of the seven days from today on, in the store's own time.

    Known clients take a number below 100 for closed: what opens in the first hour of a day opens at 100 for them. A day
    with a break is one span, and what closes past midnight closes at 2359.
    """
    times = OpeningTimes(row["hours"], row["timezone"], row["country"], row["state"])
    today = at.astimezone(ZoneInfo(row["timezone"])).date()
    week = {}
    for day in (today + timedelta(days=ahead) for ahead in range(7)):
        spans = hours_on(times, day)
        name = _DAYS[day.weekday()]
        opens, closes = (_clock(spans[0][0]), _clock(spans[-1][1])) if spans else (0, 0)
        week[f"{name}_time_open"] = max(opens, _FIRST) if spans else 0
        week[f"{name}_time_close"] = closes if not spans or closes > opens else _LAST
    return week


def _clock(text: str) -> int:
    return min(int(text.replace(":", "")), _LAST)
