from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushcart.stores.hours import HoursError, OpeningTimes, from_week, hours_on

NINE_TO_SIX = [("09:00", "18:00")]
WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")


def test_it_groups_days_with_the_same_hours() -> None:
    week = {day: [("09:00", "12:30"), ("13:30", "20:00")] for day in WEEKDAYS[:5]}
    assert from_week(week | {"sa": [("10:00", "16:00")]}) == "Mo-Fr 09:00-12:30,13:30-20:00; Sa 10:00-16:00"
    assert from_week(dict.fromkeys(("mo", "we", "th", "su"), NINE_TO_SIX)) == "Mo,We-Th,Su 09:00-18:00"


def test_it_puts_special_days_and_holidays_last() -> None:
    special = {date(2026, 12, 26): [], date(2026, 12, 24): [("9:00", "13:00")], date(2026, 12, 25): []}
    assert from_week({"th": NINE_TO_SIX}, special, public_holidays=[]) == (
        "Th 09:00-18:00; PH off; 2026 Dec 24 09:00-13:00; 2026 Dec 25,2026 Dec 26 off"
    )
    assert from_week({"th": NINE_TO_SIX}, public_holidays=[("10:00", "12:00")]) == "Th 09:00-18:00; PH 10:00-12:00"


def test_it_joins_spans_that_touch_and_sorts_them() -> None:
    assert from_week({"mo": [("13:00", "15:00"), ("09:00", "13:00")]}) == "Mo 09:00-15:00"


def test_it_writes_hours_past_midnight_so_that_the_next_day_does_not_take_them_back() -> None:
    week = {"fr": [("18:00", "02:00")], "sa": [("10:00", "24:00")], "su": [("10:00", "00:00")]}
    assert from_week(week) == "Fr 18:00-02:00, Sa-Su 10:00-24:00"


def test_it_knows_always_and_never() -> None:
    assert from_week({day: [("00:00", "24:00")] for day in WEEKDAYS}) == "24/7"
    assert from_week({}) == "off"
    assert from_week({"mo": []}, {date(2026, 12, 24): NINE_TO_SIX}) == "off; 2026 Dec 24 09:00-18:00"


@pytest.mark.parametrize(
    ("week", "sentence"),
    [
        ({"monday": NINE_TO_SIX}, '"monday" is not a weekday: mo, tu, we'),
        ({"mo": [("09:00", "25:61")]}, 'On mo, "25:61" is not a time: write it as 09:00.'),
        ({"mo": [("9", "17")]}, 'On mo, "9" is not a time'),
        ({"mo": [("24:00", "26:00")]}, "On mo, 24:00-26:00 is not on that day or the night after it."),
        ({"mo": [("09:00", "49:00")]}, "On mo, 09:00-49:00 is not on that day or the night after it."),
        ({"mo": [("09:00", "09:00")]}, "On mo, 09:00-09:00 has no length: open all day is 00:00-24:00."),
        ({"mo": [("09:00", "13:00"), ("12:00", "18:00")]}, "On mo, 09:00-13:00 and 12:00-18:00 overlap."),
    ],
)
def test_it_refuses(week: dict[str, list[tuple[str, str]]], sentence: str) -> None:
    with pytest.raises(HoursError) as refusal:
        from_week(week)
    assert sentence in str(refusal.value)


def test_it_refuses_a_wrong_special_day_by_its_date() -> None:
    with pytest.raises(HoursError, match='On 2026-12-24, "noon" is not a time'):
        from_week({}, {date(2026, 12, 24): [("noon", "18:00")]})


def test_it_refuses_more_than_a_store_can_keep() -> None:
    special = {date(2026, 1, 1) + timedelta(days=day): [("09:00", f"13:{day % 60:02}")] for day in range(60)}
    with pytest.raises(HoursError, match=r"characters; 1000 are the most"):
        from_week({}, special)


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def day(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Spans that do not touch, the last of them perhaps past midnight."""
    edges = sorted(draw(st.lists(st.integers(0, 1440), max_size=6, unique=True)))
    spans = list(zip(edges[::2], edges[1::2], strict=False))
    if spans and draw(st.booleans()):
        first, opens = spans[0][0], spans[-1][0]
        spans[-1] = opens, draw(st.integers(0, min(first, opens) - 1)) if min(first, opens) else 1440
    return [(_time(opens), "24:00" if closes == 0 else _time(closes)) for opens, closes in spans]


@given(
    st.dictionaries(st.sampled_from(WEEKDAYS), day()),
    st.dictionaries(st.dates(date(2026, 11, 1), date(2026, 11, 30)), day(), max_size=4),
    st.none() | day(),
)
def test_it_gives_back_the_hours_of_every_day(
    week: dict[str, list[tuple[str, str]]],
    special: dict[date, list[tuple[str, str]]],
    holidays: list[tuple[str, str]] | None,
) -> None:
    store = OpeningTimes(from_week(week, special, public_holidays=holidays), "America/New_York", "US")

    for offset in range(30):
        today = date(2026, 11, 1) + timedelta(days=offset)
        expected = week.get(WEEKDAYS[today.weekday()], [])
        if holidays is not None and today in (date(2026, 11, 11), date(2026, 11, 26)):
            expected = holidays
        assert hours_on(store, today) == special.get(today, expected)


def test_it_reads_the_hours_of_a_day_from_any_text() -> None:
    store = OpeningTimes(
        'Mo-Fr 09:00-12:00 open "a", Mo-Fr 12:00-18:00 open "b"; Fr 18:00-02:00; Sa off', "America/New_York"
    )
    assert hours_on(store, date(2026, 11, 18)) == [("09:00", "18:00")]
    assert hours_on(store, date(2026, 11, 20)) == [("18:00", "02:00")]
    assert hours_on(store, date(2026, 11, 21)) == []
    assert hours_on(OpeningTimes("Sa 09:00-09:00", "America/New_York"), date(2026, 11, 21)) == [("09:00", "33:00")]
