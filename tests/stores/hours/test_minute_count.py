from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pushcart.stores.hours import (
    HORIZON,
    OpeningTimes,
    closes_at,
    deadline,
    is_open,
    next_opening,
    open_time_between,
)
from tests.stores.hours import minutes
from tests.stores.hours.minutes import Hours

ZONES = [
    "America/New_York",
    "America/Los_Angeles",
    "America/Phoenix",  # no summer time
    "America/St_Johns",  # half an hour off
    "America/Santiago",  # southern, and changes at midnight
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",  # its winter time is the special one
    "Africa/Casablanca",  # changes around Ramadan
    "Australia/Lord_Howe",  # changes by half an hour
    "Asia/Kathmandu",  # a quarter of an hour off
    "Pacific/Auckland",
]
CASES = 2000
AHEAD = timedelta(days=21)


def _spans(drawn: tuple[list[int], int | None]) -> list[tuple[int, int]]:
    times, past_midnight = drawn
    edges = sorted({time if time < 1440 else time // 5 % 240 for time in times})
    found = list(zip(edges[::2], edges[1::2], strict=False))
    if found and past_midnight is not None:
        opens, first = found[-1][0], found[0][0]
        found[-1] = opens, 1440 + min(past_midnight, opens, first)
    return found


# Up to three spans of a day, or none; times in the small hours, where clocks are changed, come up far more often.
SPANS = st.tuples(
    st.lists(st.integers(0, 2639), min_size=2, max_size=6),
    st.one_of(st.none(), st.integers(0, 420)),
).map(_spans)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Hours, datetime, timedelta]:
    """A store, a moment (for half of them near one of its clock changes) and a window."""
    zone = draw(st.sampled_from(ZONES))
    start = datetime(2026, 12, 20, tzinfo=UTC) + draw(st.integers(0, 30 * 1440)) * minutes.MINUTE
    if minutes.changes(zone) and draw(st.booleans()):
        start = draw(st.sampled_from(minutes.changes(zone))) + draw(st.integers(-1800, 0)) * minutes.MINUTE
    if draw(st.booleans()):
        start += timedelta(microseconds=draw(st.integers(0, 59_999_999)))
    kinds = [draw(SPANS), draw(SPANS), []]
    week = {day: kinds[kind] for day, kind in enumerate(draw(st.tuples(*[st.integers(0, 2)] * 7)))}
    special = draw(st.dictionaries(st.integers(-2, 9), SPANS, max_size=2))
    special = {(start + timedelta(days=days)).date(): spans for days, spans in special.items()}
    window = draw(st.sampled_from([30, 120, 480]) | st.integers(1, 6000)) * minutes.MINUTE
    return Hours(zone, week, special), start, window


def test_it_agrees_with_a_count_of_minutes() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=CASES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(cases())
    def agree(case: tuple[Hours, datetime, timedelta]) -> None:
        hours, start, window = case
        ours = OpeningTimes(hours.text, hours.zone)
        due = deadline(ours, start, window)

        assert due == minutes.deadline(hours, start, window, HORIZON)
        end = due + timedelta(hours=5) if due else start + AHEAD
        assert open_time_between(ours, start, end) == minutes.open_time(hours, start, end)
        seen.update(_kinds(hours, start, end, due))

    agree()
    # Which cases are drawn depends on what else is loaded: these are floors, not the figures of one run.
    assert seen["all"] >= CASES
    assert seen["over the change to summer time"] >= CASES // 20
    assert seen["over the change back"] >= CASES // 20
    assert seen["never due"] < CASES // 4


def _kinds(hours: Hours, start: datetime, end: datetime, due: Any) -> list[str]:
    kinds = ["all"] if due else ["all", "never due"]
    place = ZoneInfo(hours.zone)
    for change in minutes.changes(hours.zone):
        if start <= change <= end:
            before, after = ((change + side * minutes.MINUTE).astimezone(place).utcoffset() for side in (-1, 1))
            kinds.append("over the change to summer time" if before < after else "over the change back")
    return kinds


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_it_opens_and_closes_at_the_minutes_that_are_counted(case: tuple[Hours, datetime, timedelta]) -> None:
    hours, start, _ = case
    ours = OpeningTimes(hours.text, hours.zone)
    opened = hours.is_open(start)
    change = minutes.next_change(hours, start, HORIZON)

    assert is_open(ours, start) is opened
    if opened:
        assert closes_at(ours, start) == change
        reopens = minutes.next_change(hours, change, HORIZON - (change - start)) if change else None
        assert next_opening(ours, start) == reopens
    else:
        assert closes_at(ours, start) is None
        assert next_opening(ours, start) == change


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_it_lets_exactly_the_window_pass_before_the_deadline(case: tuple[Hours, datetime, timedelta]) -> None:
    hours, start, window = case
    ours = OpeningTimes(hours.text, hours.zone)
    due = deadline(ours, start, window)

    if due is not None:
        assert open_time_between(ours, start, due) == window
        assert open_time_between(ours, start, due - timedelta(microseconds=1)) < window


def test_it_counts_as_the_stores_do_over_a_special_day() -> None:
    """The count itself, on a day worked out by hand: it must not agree with the code by sharing its mistakes."""
    hours = Hours("America/New_York", {3: [(600, 720)], 4: [(1080, 1560)]}, {date(2026, 12, 24): [(540, 780)]})
    assert hours.text == "Th 10:00-12:00; Fr 18:00-26:00; 2026 Dec 24 09:00-13:00"
    christmas_eve, saturday = datetime(2026, 12, 24, 5, tzinfo=UTC), datetime(2026, 12, 26, 5, tzinfo=UTC)
    assert minutes.open_time(hours, christmas_eve, saturday) == timedelta(hours=10)
    assert minutes.open_time(hours, saturday, saturday + timedelta(days=1)) == timedelta(hours=2)
    assert [moment.isoformat() for moment in minutes.changes("Europe/Berlin")][:2] == [
        "2025-03-30T01:00:00+00:00",
        "2025-10-26T01:00:00+00:00",
    ]
