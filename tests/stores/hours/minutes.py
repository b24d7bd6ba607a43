"""Store-open time counted minute by minute: slow, simple, and with nothing of the code under test in it.

Hours are spans in minutes from the start of a day, by weekday (0 is Monday) and by special date; a span may end after
1440, on the next day, and belongs to the day on which it begins. The count steps through the minutes of UTC and asks
zoneinfo what the clock on the wall reads.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import compress
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE = timedelta(minutes=1)
DAY = 1440
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_WEEKDAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]


@dataclass(frozen=True)
class Hours:
    zone: str
    week: dict[int, list[tuple[int, int]]]
    special: dict[date, list[tuple[int, int]]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """As an opening-hours text, a rule for every day."""
        usual = [f"{_WEEKDAYS[day]} {_spans(spans)}" for day, spans in self.week.items()]
        special = [
            f"{day.year} {_MONTHS[day.month - 1]} {day.day:02} {_spans(spans)}" for day, spans in self.special.items()
        ]
        return "; ".join([*usual, *special]) or "off"

    def is_open(self, moment: datetime) -> bool:
        return bool(self.opened(moment.date())[moment.hour * 60 + moment.minute])

    def opened(self, day: date) -> bytes:
        """For each minute of a UTC day whether the store is open."""
        if day not in self._utc_days:
            walls = _walls(self.zone, day)
            first = walls[0] // DAY
            around = b"".join(self._opened(first + following) for following in range(4))
            self._utc_days[day] = bytes(around[wall - first * DAY] for wall in walls)
        return self._utc_days[day]

    def _opened(self, ordinal: int) -> bytearray:
        if ordinal not in self._days:
            minutes = bytearray(DAY)
            for begun, shift in ((ordinal, 0), (ordinal - 1, DAY)):
                for opens, closes in self._spans(date.fromordinal(begun)):
                    for minute in range(max(opens - shift, 0), min(closes - shift, DAY)):
                        minutes[minute] = 1
            self._days[ordinal] = minutes
        return self._days[ordinal]

    def _spans(self, day: date) -> list[tuple[int, int]]:
        return self.special[day] if day in self.special else self.week.get(day.weekday(), [])

    @cached_property
    def _utc_days(self) -> dict[date, bytes]:
        return {}

    @cached_property
    def _days(self) -> dict[int, bytearray]:
        return {}


def _spans(spans: list[tuple[int, int]]) -> str:
    return ",".join(f"{_time(opens)}-{_time(closes)}" for opens, closes in spans) or "off"


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@lru_cache(maxsize=8192)
def _walls(zone: str, day: date) -> array[int]:
    """For each minute of a UTC day the wall minute, counted from the first of days, that says whether a store is open.

    It is the one that the clock shows; in the hour that is shown a second time, the last one before the clock was put
    back: the store stays as it was.
    """
    place = ZoneInfo(zone)
    walls = array("q")
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    for _ in range(DAY):
        wall = moment.astimezone(place)
        if wall.fold:
            walls.append(walls[-1] if walls else _held(moment, place))
        else:
            walls.append(_minute(wall))
        moment += MINUTE
    return walls


def _held(moment: datetime, place: ZoneInfo) -> int:
    while moment.astimezone(place).fold:
        moment -= MINUTE
    return _minute(moment.astimezone(place))


def _minute(wall: datetime) -> int:
    return wall.toordinal() * DAY + wall.hour * 60 + wall.minute


def open_time(hours: Hours, start: datetime, end: datetime) -> timedelta:
    passed = timedelta(0)
    for moment in _open_minutes(hours, start, end):
        passed += min(moment + MINUTE, end) - max(moment, start)
    return passed


def deadline(hours: Hours, start: datetime, open_for: timedelta, horizon: timedelta) -> datetime | None:
    left = open_for
    for moment in _open_minutes(hours, start, start + horizon):
        opened = max(moment, start)
        closed = min(moment + MINUTE, start + horizon)
        if closed - opened >= left:
            return opened + left
        left -= closed - opened
    return None


def next_change(hours: Hours, start: datetime, horizon: timedelta) -> datetime | None:
    """The next moment at which an open store closes or a closed one opens."""
    opened = hours.is_open(start)
    moment = start.replace(second=0, microsecond=0) + MINUTE
    while moment < start + horizon:
        if hours.is_open(moment) != opened:
            return moment
        moment += MINUTE
    return None


def _open_minutes(hours: Hours, start: datetime, end: datetime) -> Iterator[datetime]:
    """The beginnings of the open minutes that overlap a stretch of time, in order."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    while midnight < end:
        for minute in compress(range(DAY), hours.opened(midnight.date())):
            moment = midnight + minute * MINUTE
            if start - MINUTE < moment < end:
                yield moment
        midnight += timedelta(days=1)


@lru_cache
def changes(zone: str) -> tuple[datetime, ...]:
    """The minutes of 2025 to 2027 at which the clocks of a zone are changed."""
    place = ZoneInfo(zone)
    found = []
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    while moment.year < 2028:
        if _offset(moment, place) != _offset(moment + timedelta(hours=1), place):
            found += [
                moment + minute * MINUTE
                for minute in range(1, 61)
                if _offset(moment + minute * MINUTE, place) != _offset(moment + (minute - 1) * MINUTE, place)
            ]
        moment += timedelta(hours=1)
    return tuple(found)


def _offset(moment: datetime, place: ZoneInfo) -> timedelta | None:
    return moment.astimezone(place).utcoffset()
