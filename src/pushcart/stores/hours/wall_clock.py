"""The clock on a store's wall, and what it reads when summer time begins and ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pushcart.stores.hours.errors import HoursError

_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises:
        HoursError: there is no such time zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise HoursError(f'There is no time zone "{name}": give an IANA name such as "America/New_York".') from None


def reading(moment: datetime, place: ZoneInfo) -> datetime:
    """What the clock reads at a moment: a naive wall time."""
    return moment.astimezone(place).replace(tzinfo=None, fold=0)


def first_moment(wall: datetime, place: ZoneInfo) -> datetime:
    """The first moment, in UTC, at which the clock reads this wall time, or has jumped over it.

    Where the clock is put back it reads an hour twice: the first time counts. Where it is put forward it never reads
    the hour it skips: that hour's times are all the moment of the jump.
    """
    first = cast("timedelta", place.utcoffset(wall.replace(fold=0)))
    second = cast("timedelta", place.utcoffset(wall.replace(fold=1)))
    utc = wall.replace(tzinfo=UTC)
    if first < second:
        return _jump(wall, utc - second, utc - first, place)
    return utc - first


def _jump(skipped: datetime, before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """The moment between these two at which the clock jumps over a time."""
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if reading(middle, place) > skipped:
            after = middle
        else:
            before = middle
    return after
