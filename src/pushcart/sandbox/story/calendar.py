"""When the story is told."""

from __future__ import annotations

from datetime import date, timedelta

_TUESDAY = 1


def next_june_tuesday(today: date) -> date:
    """The first Tuesday from the 8th of June on, of this year if that is still to come, else of the next."""
    return next(day for day in (_june_tuesday(today.year), _june_tuesday(today.year + 1)) if day > today)


def _june_tuesday(year: int) -> date:
    eighth = date(year, 6, 8)
    return eighth + timedelta(days=(_TUESDAY - eighth.weekday()) % 7)
