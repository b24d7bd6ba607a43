"""When a store is open by the clock on its wall: the rules of its hours laid over the calendar.

Wall times are naive datetimes; what the time zone does to them is in `wall_clock`.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import opening_hours

from pushcart.stores.hours.public_holidays import public_holidays
from pushcart.stores.hours.rules import DAY, rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from pushcart.stores.hours.rules import Rule

    _Span = tuple[datetime, datetime]

_ONE_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_OPEN = opening_hours.State.OPEN
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# A rule may name the days up to a week from a holiday, and its hours may run a day further.
_REACH = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Timetable:
    """The hours up to midnight, and apart from them what runs past it.

    The library ends a span at midnight where a rule that comes later in the text speaks for the next day: by it, in
    `Fr 18:00-02:00; Sa 10:00-20:00`, Friday ends at midnight. Here a span belongs to the day on which it begins; so
    what lies past midnight stands in a text of its own, and is asked for a day earlier.
    """

    until_midnight: opening_hours.OpeningHours
    after_midnight: opening_hours.OpeningHours | None

    def spans(self, start: datetime, end: datetime) -> Iterator[_Span]:
        """The open spans from `start` to `end` in wall time, cut to it, in order, none overlapping."""
        evening = _open(self.until_midnight, start, end)
        if self.after_midnight is None:
            return evening
        night = _open(self.after_midnight, start - _ONE_DAY, end - _ONE_DAY)
        return _joined(heapq.merge(evening, ((opens + _ONE_DAY, closes + _ONE_DAY) for opens, closes in night)))

    def begun_on(self, day: date) -> list[tuple[int, int]]:
        """The open spans that begin on a day, in minutes from its start; an end above 1440 lies on the next day."""
        midnight = datetime.combine(day, time.min)
        spans = [*_open(self.until_midnight, midnight, midnight + _ONE_DAY)]
        if self.after_midnight:
            night = _open(self.after_midnight, midnight, midnight + _ONE_DAY)
            spans += ((opens + _ONE_DAY, closes + _ONE_DAY) for opens, closes in night)
        return [
            ((opens - midnight) // _MINUTE, (closes - midnight) // _MINUTE) for opens, closes in _joined(iter(spans))
        ]


def _open(hours: opening_hours.OpeningHours, start: datetime, end: datetime) -> Iterator[_Span]:
    for opens, closes, state, _comment in hours.intervals(start, end):
        # `unknown` counts as closed: a window must not run while nobody can say that somebody is there.
        if state == _OPEN:
            yield opens, closes


def _joined(spans: Iterator[_Span]) -> Iterator[_Span]:
    held = next(spans, None)
    for opens, closes in spans:
        if held and opens <= held[1]:
            held = held[0], max(held[1], closes)
            continue
        if held:
            yield held
        held = opens, closes
    if held:
        yield held


def timetable(text: str, country: str, region: str, start: datetime, end: datetime) -> Timetable:
    """The timetable that holds from `start` to `end`. Reading a text is costly, so the last thousand are kept.

    Raises:
        HoursError: the text, or its country or region for public holidays, can't be used.
    """
    if not any(rule.holidays for rule in rules(text)):
        return _timetable(text, ())
    years = (start - _REACH).year, (end + _REACH).year
    return _timetable(text, public_holidays(country, region, *years))


@lru_cache(maxsize=1024)
def _timetable(text: str, holidays: tuple[date, ...]) -> Timetable:
    found = rules(text)
    past_midnight = any(rule.past_midnight for rule in found)
    if not past_midnight and not any(rule.holidays for rule in found):
        return Timetable(opening_hours.OpeningHours(text), None)
    return Timetable(
        opening_hours.OpeningHours(_written(found, holidays, _until_midnight)),
        opening_hours.OpeningHours(_written(found, holidays, _after_midnight)) if past_midnight else None,
    )


def _written(found: Iterable[Rule], holidays: Iterable[date], hours: Callable[[Rule], str]) -> str:
    """The rules as text again: public holidays as their dates, hours as `hours` gives them (empty: no such rule)."""
    text = ""
    for rule in found:
        for days in _days(rule, holidays) if hours(rule) else ():
            separator = (", " if rule.adds else "; ") if text else ""
            text += f"{separator}{days} {hours(rule)}" if days else f"{separator}{hours(rule)}"
    return text or "off"


def _days(rule: Rule, holidays: Iterable[date]) -> Iterator[str]:
    if rule.days is not None:
        yield rule.days
    dates = sorted(day + timedelta(days=offset) for offset in rule.holidays for day in holidays)
    if dates:
        yield ",".join(osm_date(day) for day in dates)


def _until_midnight(rule: Rule) -> str:
    spans = osm_spans((opens, min(closes, DAY)) for opens, closes in rule.spans)
    return f"{spans} {rule.state}" if spans else rule.state


def _after_midnight(rule: Rule) -> str:
    """What a rule opens on the day after its own; one that opens nothing there takes away what earlier ones do."""
    spans = osm_spans((0, closes - DAY) for _, closes in rule.spans if closes > DAY)
    if spans:
        return f"{spans} {rule.state}"
    return "" if rule.adds and rule.state != "off" else "off"


def osm_date(day: date) -> str:
    return f"{day.year} {_MONTHS[day.month - 1]} {day.day:02}"


def osm_spans(spans: Iterable[tuple[int, int]]) -> str:
    """Minutes from midnight as `09:00-12:30,13:30-20:00`."""
    return ",".join(f"{osm_time(opens)}-{osm_time(closes)}" for opens, closes in spans)


def osm_time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
