from __future__ import annotations

from datetime import date, timedelta

import pytest

from pushcart.sandbox.story.calendar import next_june_tuesday


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2026, 11, 27), date(2027, 6, 8)),
        (date(2027, 6, 7), date(2027, 6, 8)),
        (date(2027, 6, 8), date(2028, 6, 13)),
        (date(2028, 6, 9), date(2028, 6, 13)),
        (date(2028, 6, 13), date(2029, 6, 12)),
    ],
)
def test_it_is_still_to_come(today, told):
    assert next_june_tuesday(today) == told


def test_it_is_a_tuesday_of_june_within_a_year_and_a_week():
    for days in range(3000):
        today = date(2026, 1, 1) + timedelta(days=days)
        told = next_june_tuesday(today)
        assert (told.weekday(), told.month) == (1, 6)
        assert today < told <= today + timedelta(days=371)
