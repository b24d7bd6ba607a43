from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pushcart.stores.hours import (
    HORIZON,
    OpeningTimes,
    closes_at,
    deadline,
    is_open,
    next_opening,
    open_time_between,
)

NEW_YORK = ZoneInfo("America/New_York")
TWO_HOURS = timedelta(hours=2)
# In 2026 New York's clocks go from 02:00 to 03:00 on 8 March, and from 02:00 back to 01:00 on 1 November.


def hours(text: str, zone: str = "America/New_York", country: str = "", region: str = "") -> OpeningTimes:
    return OpeningTimes(text, zone, country, region)


def local(text: str, *, fold: int = 0, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WEEK = hours("Mo-Fr 09:00-18:00; Sa 10:00-16:00")


@pytest.mark.parametrize(
    ("placed", "due"),
    [
        ("2026-11-18 11:00", "2026-11-18 13:00"),  # inside the hours
        ("2026-11-18 17:30", "2026-11-19 10:30"),  # closing minus 30 minutes: 90 minutes after the next opening
        ("2026-11-18 16:00", "2026-11-18 18:00"),  # to the minute of closing
        ("2026-11-18 16:00:01", "2026-11-19 09:00:01"),
        ("2026-11-18 18:00", "2026-11-19 11:00"),  # at closing time nothing of the day is left
        ("2026-11-18 09:00", "2026-11-18 11:00"),  # at opening time
        ("2026-11-18 03:12", "2026-11-18 11:00"),  # out of hours the clock starts at opening
        ("2026-11-20 17:00", "2026-11-21 11:00"),  # Friday to Saturday's own hours
        ("2026-11-21 15:15", "2026-11-23 10:15"),  # over the closed Sunday
        ("2026-11-22 12:00", "2026-11-23 11:00"),  # on the closed Sunday
    ],
)
def test_it_counts_the_two_hours_in_store_open_time(placed: str, due: str) -> None:
    assert deadline(WEEK, local(placed), TWO_HOURS) == local(due)


def test_it_answers_in_utc() -> None:
    due = deadline(WEEK, local("2026-11-18 11:00"), TWO_HOURS)
    assert due is not None
    assert due.tzinfo is UTC
    assert due.isoformat() == "2026-11-18T18:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "placed", "due"),
    [
        # Breaks
        ("Mo-Sa 09:00-12:30,13:30-20:00", "2026-11-18 12:00", "2026-11-18 15:00"),
        ("Mo-Sa 09:00-20:00; Mo-Sa 12:30-13:30 off", "2026-11-18 12:00", "2026-11-18 15:00"),
        ("Mo-Sa 09:00-20:00; 12:30-13:30 off", "2026-11-18 12:45", "2026-11-18 15:30"),
        ("We 09:00-10:00,11:00-11:30,12:00-13:00", "2026-11-18 09:00", "2026-11-18 12:30"),
        # Special days
        ("Mo-Sa 09:00-18:00; Dec 24 09:00-13:00; Dec 25 off", "2026-12-24 12:00", "2026-12-26 10:00"),
        ("Mo-Su 09:00-18:00; 2026 Dec 24-26 off", "2026-12-23 17:00", "2026-12-27 10:00"),
        ("Mo-Sa 09:00-18:00; 2026 Nov 22 12:00-15:00", "2026-11-21 17:00", "2026-11-22 13:00"),
        ("Mo-Fr 10:00-18:00; Jul-Aug Mo-Fr 08:00-16:00", "2026-07-01 15:00", "2026-07-02 09:00"),
        ("easter off; Mo-Su 10:00-12:00", "2026-04-04 11:00", "2026-04-05 11:00"),
        ("Mo-Su 10:00-12:00; easter off", "2026-04-04 11:00", "2026-04-06 11:00"),
        # Past midnight
        ("Fr 18:00-02:00", "2026-11-21 01:00", "2026-11-27 19:00"),
        ("Fr 18:00-02:00", "2026-11-20 23:30", "2026-11-21 01:30"),
        ("Fr 18:00-26:00", "2026-11-20 23:30", "2026-11-21 01:30"),
        ("Fr 18:00-00:00", "2026-11-20 23:00", "2026-11-27 19:00"),
        ("Mo-Su 00:00-24:00", "2026-11-20 23:30", "2026-11-21 01:30"),
        # … into a day that a later rule speaks for
        ("Fr 18:00-02:00; Sa 10:00-20:00", "2026-11-20 23:30", "2026-11-21 01:30"),
        ("Fr 18:00-02:00, Sa 10:00-20:00", "2026-11-20 23:30", "2026-11-21 01:30"),
        ("Fr 18:00-02:00; Sa 10:00-20:00", "2026-11-21 01:00", "2026-11-21 11:00"),
        ("Fr 18:00-02:00; Sa 01:00-05:00", "2026-11-20 23:30", "2026-11-21 01:30"),
        ("Th-Sa 18:00-02:00; Dec 25 off", "2026-12-25 01:00", "2026-12-26 19:00"),
        ("Th-Sa 18:00-02:00; Dec 24 18:00-20:00", "2026-12-24 19:00", "2026-12-25 19:00"),
        # Always, and intervals that the library splits
        ("24/7", "2026-11-22 23:30", "2026-11-23 01:30"),
        ("24/7; Dec 25 off", "2026-12-24 23:00", "2026-12-26 01:00"),
        ('We 09:00-12:00 open "front", We 12:00-18:00 open "back"', "2026-11-18 11:00", "2026-11-18 13:00"),
        # Unknown counts as closed
        ('We 09:00-12:00; Th 09:00-18:00 unknown "maybe"; Fr 09:00-18:00', "2026-11-18 11:00", "2026-11-20 10:00"),
    ],
)
def test_it_reads(text: str, placed: str, due: str) -> None:
    assert deadline(hours(text), local(placed), TWO_HOURS) == local(due)


@pytest.mark.parametrize(
    ("country", "region", "zone", "placed", "due"),
    [
        # Thanksgiving; the day after it is a holiday of California's.
        ("US", "", "America/Los_Angeles", "2026-11-25 19:00", "2026-11-27 10:00"),
        ("US", "CA", "America/Los_Angeles", "2026-11-25 19:00", "2026-11-28 10:00"),
        # Corpus Christi is kept in Bavaria, not in Berlin.
        ("DE", "BY", "Europe/Berlin", "2026-06-03 19:00", "2026-06-05 10:00"),
        ("DE", "BE", "Europe/Berlin", "2026-06-03 19:00", "2026-06-04 10:00"),
        ("de", "BY", "Europe/Berlin", "2026-06-03 19:00", "2026-06-05 10:00"),
        # Over the turn of the year
        ("US", "", "America/New_York", "2026-12-31 19:00", "2027-01-02 10:00"),
    ],
)
def test_it_knows_public_holidays(country: str, region: str, zone: str, placed: str, due: str) -> None:
    place = ZoneInfo(zone)
    store = hours("Mo-Su 09:00-20:00; PH off", zone, country, region)
    assert deadline(store, local(placed, zone=place), TWO_HOURS) == local(due, zone=place)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Mo-Sa 09:00-20:00; PH 12:00-16:00", "2026-12-25 13:00"),
        ("Mo-Sa 09:00-20:00; Su,PH 13:00-16:00", "2026-12-25 14:00"),
        ("Mo-Sa 09:00-20:00; PH -1 day 09:00-12:00", "2026-12-25 11:00"),
        ("Mo-Sa 09:00-20:00; PH,PH +1 day off", "2026-12-28 10:00"),
        ("Mo-Th 09:00-20:00, PH 12:00-16:00", "2026-12-25 13:00"),
        ("Mo-Su 09:00-02:00; PH off", "2026-12-24 21:00"),
        ("PH off", None),
    ],
)
def test_it_reads_rules_for_public_holidays(text: str, due: str | None) -> None:
    placed = local("2026-12-24 19:00")
    assert deadline(hours(text, country="US"), placed, TWO_HOURS) == (due and local(due))


def test_it_counts_real_hours_where_the_clock_skips_one() -> None:
    store = hours("Sa 22:00-04:00")
    placed = local("2026-03-07 23:00")
    assert placed == utc("2026-03-08 04:00")
    # 01:59 is followed by 03:00, so that the three hours after 23:00 end at 03:00 on the wall.
    assert deadline(store, placed, timedelta(hours=3)) == utc("2026-03-08 07:00") == local("2026-03-08 03:00")
    assert closes_at(store, placed) == utc("2026-03-08 08:00") == local("2026-03-08 04:00")
    assert open_time_between(store, placed, local("2026-03-08 12:00")) == timedelta(hours=4)


def test_it_counts_real_hours_where_the_clock_repeats_one() -> None:
    store = hours("Sa 22:00-04:00")
    placed = local("2026-10-31 23:00")
    assert placed == utc("2026-11-01 03:00")
    # 01:00 to 02:00 passes twice: the three hours end at 01:00 of the second pass.
    assert deadline(store, placed, timedelta(hours=3)) == utc("2026-11-01 06:00") == local("2026-11-01 01:00", fold=1)
    assert closes_at(store, placed) == utc("2026-11-01 09:00") == local("2026-11-01 04:00")
    assert open_time_between(store, placed, local("2026-11-01 12:00")) == timedelta(hours=6)


@pytest.mark.parametrize(
    ("text", "opens", "closes"),
    [
        # The skipped hour: its times are all the moment of the jump, 07:00 UTC.
        ("Su 02:30-05:00", "2026-03-08 07:00", "2026-03-08 09:00"),
        ("Su 02:00-05:00", "2026-03-08 07:00", "2026-03-08 09:00"),
        ("Su 01:00-02:30", "2026-03-08 06:00", "2026-03-08 07:00"),
        ("Su 01:00-02:15,02:45-04:00", "2026-03-08 06:00", "2026-03-08 08:00"),
        ("Su 02:15-02:45,06:00-07:00", "2026-03-08 10:00", "2026-03-08 11:00"),
    ],
)
def test_it_opens_and_closes_at_the_jump_for_times_in_the_skipped_hour(text: str, opens: str, closes: str) -> None:
    before = local("2026-03-07 12:00")
    assert next_opening(hours(text), before) == utc(opens)
    assert closes_at(hours(text), utc(opens)) == utc(closes)


@pytest.mark.parametrize(
    ("text", "opens", "closes"),
    [
        # The repeated hour: a door opens once and closes once, on the first pass (05:00 to 06:00 UTC).
        ("Su 01:30-05:00", "2026-11-01 05:30", "2026-11-01 10:00"),
        ("Su 00:00-01:30", "2026-11-01 04:00", "2026-11-01 05:30"),
        ("Su 01:15-01:45", "2026-11-01 05:15", "2026-11-01 05:45"),
        ("Su 00:00-02:00", "2026-11-01 04:00", "2026-11-01 07:00"),
        ("Su 02:00-03:00", "2026-11-01 07:00", "2026-11-01 08:00"),
    ],
)
def test_it_reads_times_in_the_repeated_hour_on_their_first_pass(text: str, opens: str, closes: str) -> None:
    before = local("2026-10-31 12:00")
    assert next_opening(hours(text), before) == utc(opens)
    assert closes_at(hours(text), utc(opens)) == utc(closes)
    assert next_opening(hours(text), utc(opens)) == local(f"2026-11-08 {text[3:8]}")


def test_it_stays_as_it_was_while_the_hour_is_repeated() -> None:
    closed, opened = hours("Su 00:00-01:30"), hours("Su 01:30-05:00")
    for second_pass in ("01:00", "01:29", "01:30", "01:59"):
        assert not is_open(closed, local(f"2026-11-01 {second_pass}", fold=1))
        assert is_open(opened, local(f"2026-11-01 {second_pass}", fold=1))
    assert deadline(closed, local("2026-11-01 01:10", fold=1), TWO_HOURS) == local("2026-11-15 00:30")
    assert deadline(opened, local("2026-11-01 01:10", fold=1), TWO_HOURS) == utc("2026-11-01 08:10")


def test_it_moves_the_clock_by_what_the_place_moves_it() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # half an hour, from 02:00 to 02:30 on 4 October 2026
    store = hours("Su 01:00-04:00", "Australia/Lord_Howe")
    day = local("2026-10-04 00:00", zone=lord_howe)
    assert open_time_between(store, day, day + timedelta(hours=12)) == timedelta(hours=2, minutes=30)
    assert deadline(store, day, TWO_HOURS) == local("2026-10-04 03:30", zone=lord_howe)


def test_it_is_open_from_the_moment_of_opening_until_that_of_closing() -> None:
    for moment, opened in [
        ("08:59:59.999999", False),
        ("09:00", True),
        ("17:59:59.999999", True),
        ("18:00", False),
    ]:
        assert is_open(WEEK, local(f"2026-11-18 {moment}")) is opened


def test_it_names_the_opening_after_this_one_while_open() -> None:
    assert next_opening(WEEK, local("2026-11-18 08:00")) == local("2026-11-18 09:00")
    assert next_opening(WEEK, local("2026-11-18 09:00")) == local("2026-11-19 09:00")
    assert next_opening(WEEK, local("2026-11-18 12:00")) == local("2026-11-19 09:00")
    assert next_opening(WEEK, local("2026-11-21 12:00")) == local("2026-11-23 09:00")


def test_it_names_a_closing_only_while_open() -> None:
    assert closes_at(WEEK, local("2026-11-18 12:00")) == local("2026-11-18 18:00")
    assert closes_at(WEEK, local("2026-11-18 18:00")) is None
    assert closes_at(hours("We 09:00-12:00, We 12:00-18:00"), local("2026-11-18 10:00")) == local("2026-11-18 18:00")


def test_it_never_closes_or_opens_a_store_that_is_always_open() -> None:
    moment = local("2026-11-18 12:00")
    assert is_open(hours("24/7"), moment)
    assert closes_at(hours("24/7"), moment) is None
    assert next_opening(hours("24/7"), moment) is None
    assert deadline(hours("24/7"), moment, HORIZON) == moment + HORIZON
    assert open_time_between(hours("24/7"), moment, moment + timedelta(days=1000)) == timedelta(days=1000)


@pytest.mark.parametrize(
    "text", ["off", "24/7 off", "2024 Mo-Su 09:00-18:00", "Mo-Su 09:00-18:00 unknown", "2026 Feb 28 10:00-12:00"]
)
def test_it_has_no_deadline_for_a_store_that_does_not_open(text: str) -> None:
    moment = local("2026-11-18 12:00")
    assert deadline(hours(text), moment, TWO_HOURS) is None
    assert not is_open(hours(text), moment)
    assert next_opening(hours(text), moment) is None
    assert closes_at(hours(text), moment) is None
    assert open_time_between(hours(text), moment, moment + HORIZON) == timedelta(0)


def test_it_looks_no_further_than_the_horizon() -> None:
    store = hours("2027 Jan 17 11:00-13:00", "Etc/UTC")
    last = utc("2026-11-18 13:00")
    assert last + HORIZON == utc("2027-01-17 13:00")
    assert deadline(store, last, TWO_HOURS) == utc("2027-01-17 13:00")
    assert deadline(store, last - timedelta(seconds=1), TWO_HOURS) is None
    assert next_opening(store, last - timedelta(hours=2)) is None
    assert next_opening(store, last - timedelta(hours=2) + timedelta(seconds=1)) == utc("2027-01-17 11:00")


def test_it_runs_out_at_once_where_no_time_is_given() -> None:
    assert deadline(WEEK, local("2026-11-22 12:00"), timedelta(0)) == local("2026-11-22 12:00")


def test_it_refuses_moments_without_a_zone_and_windows_that_run_back() -> None:
    naive = datetime(2026, 11, 18, 12)  # noqa: DTZ001 - what is refused
    moment = local("2026-11-18 12:00")
    with pytest.raises(ValueError, match="2026-11-18 12:00:00 has no time zone"):
        deadline(WEEK, naive, TWO_HOURS)
    with pytest.raises(ValueError, match="has no time zone"):
        is_open(WEEK, naive)
    with pytest.raises(ValueError, match="cannot be negative: -1 day, 22:00:00"):
        deadline(WEEK, moment, -TWO_HOURS)
    with pytest.raises(ValueError, match="comes before the start"):
        open_time_between(WEEK, moment, moment - TWO_HOURS)


def test_it_is_a_value() -> None:
    assert hours("24/7") == OpeningTimes("24/7", "America/New_York")
    assert hash(hours("24/7")) == hash(OpeningTimes("24/7", "America/New_York"))
    assert hours("24/7") != OpeningTimes("24/7", "America/Chicago")
