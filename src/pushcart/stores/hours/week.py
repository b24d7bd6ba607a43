"""Hours as people set them: by weekday, with special days; to and from the opening-hours text."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import TYPE_CHECKING

from pushcart.stores.hours.errors import HoursError
from pushcart.stores.hours.rules import DAY, rules
from pushcart.stores.hours.timetable import osm_date, osm_spans, osm_time, timetable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from pushcart.stores.hours.opening_times import OpeningTimes

    _Times = Iterable[tuple[str, str]]
    _Spans = tuple[tuple[int, int], ...]

WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")

_TIME = re.compile(r"([0-4]?\d):([0-5]\d)")


def from_week(
    week: Mapping[str, _Times],
    special_days: Mapping[date, _Times] | None = None,
    *,
    public_holidays: _Times | None = None,
) -> str:
    """The opening-hours text of a week.

    Args:
        week: by weekday (`mo` … `su`) its spans as `("09:00", "12:30")`. A day without any is closed. A closing
            time that is not after the opening one is the next day's; `24:00` is midnight.
        special_days: dates with hours of their own, none for closed. They replace what the weekday has.
        public_holidays: the hours of public holidays, none for closed; without it they are days like any other.

    Raises:
        HoursError: an unknown weekday, a time that is none, spans that overlap, or more than a store can keep; the
            sentence names the day.
    """
    spans = {day: _spans(times, day) for day, times in week.items()}
    for day in spans:
        if day not in WEEKDAYS:
            raise HoursError(f'"{day}" is not a weekday: {", ".join(WEEKDAYS)} are.')
    parts = [_usual(spans)]
    if public_holidays is not None:
        parts.append(f"PH {_hours(_spans(public_holidays, 'public holidays'))}")
    special = {osm_date(day): _spans(times, str(day)) for day, times in sorted((special_days or {}).items())}
    parts += [f"{','.join(days)} {_hours(hours)}" for hours, days in _by_hours(special).items()]
    text = "; ".join(parts)
    rules(text)
    return text


def _spans(times: _Times, day: str) -> _Spans:
    joined: list[tuple[int, int]] = []
    for opens, closes in sorted(_span(opens, closes, day) for opens, closes in times):
        if joined and opens < joined[-1][1]:
            raise HoursError(f"On {day}, {osm_spans([joined[-1]])} and {osm_spans([(opens, closes)])} overlap.")
        if joined and opens == joined[-1][1]:
            joined[-1] = joined[-1][0], closes
        else:
            joined.append((opens, closes))
    return tuple(joined)


def _span(opens: str, closes: str, day: str) -> tuple[int, int]:
    opening, closing = _minutes(opens, day), _minutes(closes, day)
    if opening >= DAY or closing > 2 * DAY:
        raise HoursError(f"On {day}, {opens}-{closes} is not on that day or the night after it.")
    if opening == closing:
        raise HoursError(f"On {day}, {opens}-{closes} has no length: open all day is 00:00-24:00.")
    return opening, closing if closing > opening else closing + DAY


def _minutes(time: str, day: str) -> int:
    match = _TIME.fullmatch(time)
    if match is None:
        raise HoursError(f'On {day}, "{time}" is not a time: write it as 09:00.')
    return int(match[1]) * 60 + int(match[2])


def _usual(week: Mapping[str, _Spans]) -> str:
    grouped = _by_hours({day: week[day] for day in WEEKDAYS if week.get(day)})
    if grouped == {((0, DAY),): list(WEEKDAYS)}:
        return "24/7"
    # To a strict reader a semicolon takes back what the evening before leaves past midnight; a comma does not.
    separator = ", " if any(closes > DAY for spans in grouped for _, closes in spans) else "; "
    return separator.join(f"{_days(days)} {_hours(spans)}" for spans, days in grouped.items()) or "off"


def _by_hours(days: Mapping[str, _Spans]) -> dict[_Spans, list[str]]:
    grouped: dict[_Spans, list[str]] = {}
    for day, spans in days.items():
        grouped.setdefault(spans, []).append(day)
    return grouped


def _days(days: list[str]) -> str:
    runs: list[list[str]] = []
    for day in days:
        if runs and WEEKDAYS.index(day) == WEEKDAYS.index(runs[-1][-1]) + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(run[0].title() if len(run) == 1 else f"{run[0]}-{run[-1]}".title() for run in runs)


def _hours(spans: _Spans) -> str:
    return osm_spans((opens, _closing(opens, closes)) for opens, closes in spans) or "off"


def _closing(opens: int, closes: int) -> int:
    """A closing time as people write it, 02:00 rather than 26:00, where that says the same."""
    return closes - DAY if DAY < closes < opens + DAY else closes


def hours_on(hours: OpeningTimes, day: date) -> list[tuple[str, str]]:
    """The spans that begin on a day, by the clock on the store's wall, as `from_week` takes them."""
    noon = datetime.combine(day, time(12))
    table = timetable(hours.text, hours.country, hours.region, noon, noon)
    return [(osm_time(opens), osm_time(_closing(opens, closes))) for opens, closes in table.begun_on(day)]
