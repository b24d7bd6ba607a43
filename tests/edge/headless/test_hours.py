from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pushcart.edge.headless.hours import hours_told
from pushcart.locator.calendar import Calendar
from pushcart.stores.hours import OpeningTimes

AUSTIN = "America/Chicago"
TUESDAY = datetime(2026, 11, 24, 18, tzinfo=UTC)  # 12:00 in Austin, two days before Thanksgiving


def told(text, at=TUESDAY, zone=AUSTIN):
    times = OpeningTimes(text, zone, "US", "TX")
    return hours_told(times, Calendar(times).at(at), at)


@pytest.mark.parametrize(
    ("text", "today"),
    [
        ("24/7", "24 hours"),
        ("Mo-Su 07:00-20:00", "7am-8pm"),
        ("Mo-Fr 09:00-13:30,14:00-19:00", "9am-1:30pm, 2pm-7pm"),
        ("Mo-Su 18:00-02:00", "6pm-2am"),
        ("Mo-Su 12:00-24:00", "12pm-12am"),
        ("We-Su 09:00-17:00", "Closed"),
    ],
)
def test_it_words_hours_as_the_live_service_does(text, today):
    hours = told(text)
    assert hours["today_hours"] == today
    assert hours["display_dow"][1] == {"bil_hrs": today, "label": "Tuesday", "day_index": 1}
    assert (hours["dow"], hours["timezone"]) == (1, AUSTIN)


def test_it_tells_a_week_with_its_holiday():
    week = [day["bil_hrs"] for day in told("Mo-Su 09:00-17:00; PH off")["display_dow"]]
    assert week == ["9am-5pm", "9am-5pm", "9am-5pm", "Closed", "Closed", "9am-5pm", "9am-5pm"]  # Friday too, in Texas


def test_an_open_store_says_until_when():
    hours = told("Mo-Su 09:00-17:00")
    assert (hours["is_open"], hours["status_label"], hours["status_class"]) == (1, "Open", "success")
    assert (hours["closes_at"], hours["opens_at"]) == (datetime(2026, 11, 24, 23, tzinfo=UTC), None)
    assert (hours["next_open"], hours["is_closing_soon"]) == ("", 0)
    assert told("Mo-Su 09:00-13:00")["is_closing_soon"] == 1
    assert told("24/7")["closes_at"] is None


def test_a_closed_store_says_when_it_opens():
    hours = told("Mo-Su 13:30-17:00")
    assert (hours["is_open"], hours["status_label"], hours["status_class"]) == (0, "Closed", "danger")
    assert (hours["next_open"], hours["opens_at"]) == ("1:30pm", datetime(2026, 11, 24, 19, 30, tzinfo=UTC))
    assert told("Fr 08:00-12:00")["next_open"] == "Fri 8am"
