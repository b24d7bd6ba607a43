from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pushcart.carts.order import Delivery, Refusal
from pushcart.carts.placing.delivery import out_of_reach, promise
from pushcart.carts.placing.parts import Window
from pushcart.stores.hours import is_open
from pushcart.stores.models import Store

AUSTIN = ZoneInfo("America/Chicago")


def store(**values: Any) -> Store:
    columns = {
        "lat": 30.2672,
        "lng": -97.7431,
        "country": "US",
        "timezone": "America/Chicago",
        "hours": "Mo-Su 09:00-21:00",
        "delivery_radius_km": 10,
        "delivery_lead_minutes": 60,
        **values,
    }
    return Store(**columns)


def here(text: str) -> datetime:
    """A moment by the clock on a wall in Austin; 2026-11-24 is a Tuesday."""
    return datetime.fromisoformat(f"{text}:00").replace(tzinfo=AUSTIN).astimezone(UTC)


def window(begin: str, end: str) -> Window:
    return Window(here(begin), here(end))


@pytest.mark.parametrize(
    ("at", "begin", "end"),
    [
        ("2026-11-24 12:00", "2026-11-24 13:00", "2026-11-24 14:00"),
        ("2026-11-24 12:01", "2026-11-24 13:15", "2026-11-24 14:15"),
        # Before opening the lead time starts with the store.
        ("2026-11-24 07:30", "2026-11-24 10:00", "2026-11-24 11:00"),
        # The last hour of the day, and a minute later the first of the next.
        ("2026-11-24 19:00", "2026-11-24 20:00", "2026-11-24 21:00"),
        ("2026-11-24 19:01", "2026-11-25 09:00", "2026-11-25 10:00"),
        # Half of the lead time today, half of it tomorrow.
        ("2026-11-24 20:30", "2026-11-25 09:30", "2026-11-25 10:30"),
    ],
)
def test_it_promises_the_first_hour_that_it_can_keep(at: str, begin: str, end: str):
    assert promise(store(), Delivery(), here(at)) == window(begin, end)


def test_it_drives_by_its_own_hours():
    drives = store(delivery_hours="Mo-Su 14:00-16:00")
    assert promise(drives, Delivery(), here("2026-11-24 10:00")) == window("2026-11-24 15:00", "2026-11-24 16:00")
    assert promise(drives, Delivery(), here("2026-11-24 14:30")) == window("2026-11-25 14:00", "2026-11-25 15:00")


def test_it_promises_nothing_into_a_break():
    rests = store(hours="Mo-Su 09:00-12:00,13:00-18:00")
    assert promise(rests, Delivery(), here("2026-11-24 10:15")) == window("2026-11-24 13:00", "2026-11-24 14:00")


def test_it_drives_past_midnight():
    late = store(hours="Mo-Su 18:00-02:00")
    assert promise(late, Delivery(), here("2026-11-24 22:40")) == window("2026-11-24 23:45", "2026-11-25 00:45")


@pytest.mark.parametrize(
    "hours",
    [
        "Th 09:00-21:00",  # the day after tomorrow
        "Mo-Su 09:00-09:59",  # never an hour
        "off",
    ],
)
def test_it_refuses_where_it_can_not_deliver_today_or_tomorrow(hours: str):
    refusal = promise(store(hours=hours), Delivery(), here("2026-11-24 12:00"))
    assert isinstance(refusal, Refusal)
    assert refusal.cause == "no_delivery_window"
    assert refusal.message == "The store can't deliver any more today or tomorrow."


def test_it_counts_days_by_the_stores_calendar():
    thursdays = store(hours="Th 00:30-09:00")
    # 00:10 on Wednesday in Austin, when it is 06:10 in UTC.
    assert promise(thursdays, Delivery(), here("2026-11-25 00:10")) == window("2026-11-26 01:30", "2026-11-26 02:30")
    assert isinstance(promise(thursdays, Delivery(), here("2026-11-24 23:50")), Refusal)


@pytest.mark.parametrize(
    ("wanted", "until"),
    [("2026-11-24 13:00", None), ("2026-11-24 18:20", "2026-11-24 20:50"), ("2026-11-25 20:00", None)],
)
def test_it_keeps_the_window_that_the_shopper_asked_for(wanted: str, until: str | None):
    to = Delivery(wanted_from=here(wanted), wanted_until=here(until) if until else None)
    expected = Window(here(wanted), here(until) if until else here(wanted) + timedelta(hours=1))
    assert promise(store(), to, here("2026-11-24 12:00")) == expected


@pytest.mark.parametrize(
    ("wanted", "until"),
    [
        ("2026-11-24 12:59", None),  # sooner than it can
        ("2026-11-24 20:01", None),  # ends after closing
        ("2026-11-24 20:00", "2026-11-25 10:00"),  # over night
        ("2026-11-26 10:00", None),  # the day after tomorrow
    ],
)
def test_it_refuses_a_window_that_it_can_not_keep_and_names_the_first_it_can(wanted: str, until: str | None):
    to = Delivery(wanted_from=here(wanted), wanted_until=here(until) if until else None)
    refusal = promise(store(), to, here("2026-11-24 12:00"))
    assert isinstance(refusal, Refusal)
    assert refusal.field == "delivery_from"
    assert refusal.message.endswith("the earliest is Tuesday 13:00 to Tuesday 14:00.")
    assert refusal.details == {"delivery_from": here("2026-11-24 13:00"), "delivery_until": here("2026-11-24 14:00")}


@pytest.mark.parametrize(
    "wanted",
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, 30, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-14))),
    ],
)
def test_it_refuses_the_ends_of_time(wanted: datetime):
    refusal = promise(store(), Delivery(wanted_from=wanted), here("2026-11-24 12:00"))
    assert isinstance(refusal, Refusal)
    assert refusal.message == "The store can't deliver then; the earliest is Tuesday 13:00 to Tuesday 14:00."


_MINUTES = some.integers(min_value=0, max_value=60 * 24 * 7)


@given(
    opens=some.integers(min_value=0, max_value=20),
    length=some.integers(min_value=1, max_value=12),
    lead=some.integers(min_value=0, max_value=300),
    minute=_MINUTES,
    zone=some.sampled_from(["America/Chicago", "America/Phoenix", "Europe/Berlin", "Asia/Kathmandu"]),
)
def test_it_promises_an_hour_of_driving_not_before_it_is_ready(
    opens: int, length: int, lead: int, minute: int, zone: str
):
    closes = (opens + length) % 24
    drives = store(hours=f"Mo-Su {opens:02}:00-{closes:02}:00", delivery_lead_minutes=lead, timezone=zone)
    # The week of a change to summer time in Europe.
    at = datetime(2026, 3, 27, tzinfo=UTC) + timedelta(minutes=minute)
    promised = promise(drives, Delivery(), at)
    if isinstance(promised, Refusal):
        # Two days hold the lead time and the hour, except where they are nearly all of it.
        assert length * 60 < lead + 60 + 30
        return
    minutes = [promised.begin + timedelta(minutes=n) for n in range(60)]
    assert promised.end - promised.begin == timedelta(hours=1)
    assert all(is_open(drives.opening_times, each) for each in minutes)
    assert promised.begin.minute % 15 == 0
    assert promised.begin >= at
    before = sum(
        is_open(drives.opening_times, at + timedelta(minutes=n))
        for n in range((promised.begin - at) // timedelta(minutes=1))
    )
    assert before >= lead - 1


def test_it_knows_how_far_it_drives():
    near, far = Delivery(lat=30.3000, lng=-97.7200), Delivery(lat=30.5083, lng=-97.6789)
    assert out_of_reach(store(), near) is None
    refusal = out_of_reach(store(), far)
    assert refusal is not None
    assert refusal.details == {"distance_km": 27.5, "radius_km": 10}


def test_it_measures_from_the_middle_of_the_postcode():
    assert out_of_reach(store(), Delivery(zip="78702")) is None
    refusal = out_of_reach(store(), Delivery(zip="78664-1234", country="US"))
    assert refusal is not None
    assert refusal.message == "The address is 28.4 km away; the store delivers up to 10 km."


@pytest.mark.parametrize("to", [Delivery(zip="78702", country="DE"), Delivery(zip="K1A 0B1"), Delivery()])
def test_it_asks_for_a_position_where_it_knows_no_postcode(to: Delivery):
    refusal = out_of_reach(store(), to)
    assert refusal is not None
    assert refusal.field == "delivery_zip"
