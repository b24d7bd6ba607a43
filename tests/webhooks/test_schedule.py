"""The schedule against the contract's own words (section 3).

While a decision is owed, 0, 5, 15, 30 s, 1, 2, 4, 8, 15 min, then every 15 min of the window with jitter and one last
try; with nothing owed, exponential to 5 days.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from pushcart.webhooks.schedule import (
    LAST_TRY_BEFORE,
    LONGEST_RETRY_AFTER,
    OWED,
    OWED_JITTER,
    OWED_THEN_EVERY,
    UNOWED_END,
    UNOWED_FIRST,
    next_try,
)

ORDERED = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
MINUTE = 60
DAY = 86_400


def tries(respond_by: datetime | None, *, jitter: float = 0.0, at_most: int = 1000) -> list[int]:
    """Seconds after the first try of every try, each failing at once."""
    made = [ORDERED]
    while (again := next_try(first_at=ORDERED, now=made[-1], respond_by=respond_by, jitter=jitter)) is not None:
        made.append(again)
        if len(made) == at_most:
            break
    return [int((at - ORDERED).total_seconds()) for at in made]


def test_it_follows_the_contract_while_a_decision_is_owed() -> None:
    window = timedelta(hours=2)
    owed = [second for second in tries(ORDERED + window) if second < window.total_seconds()]
    assert owed == [
        *(0, 5, 15, 30, 1 * MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 15 * MINUTE),
        *(30 * MINUTE, 45 * MINUTE, 60 * MINUTE, 75 * MINUTE, 90 * MINUTE, 105 * MINUTE),
        119 * MINUTE,  # the last try
    ]


def test_it_goes_on_doubling_when_the_window_has_run_out() -> None:
    window = timedelta(hours=2)
    later = [second for second in tries(ORDERED + window) if second >= window.total_seconds()]
    assert later == [120 * MINUTE, *(5 * 2**n for n in range(11, 17)), 5 * DAY]


def test_it_doubles_to_five_days_with_nothing_owed() -> None:
    assert tries(None) == [0, *(5 * 2**n for n in range(17)), 5 * DAY]


def test_it_ends_after_five_days() -> None:
    last = ORDERED + UNOWED_END
    assert next_try(first_at=ORDERED, now=last, respond_by=None) is None
    assert next_try(first_at=ORDERED, now=last - timedelta(seconds=1), respond_by=None) == last


def test_it_tries_every_quarter_of_an_hour_of_a_window_that_lasts_overnight() -> None:
    respond_by = ORDERED + timedelta(hours=23)
    assert tries(respond_by)[8:-1][:90] == [15 * MINUTE * n for n in range(1, 91)]


def test_it_spreads_the_quarter_hours_and_nothing_before() -> None:
    respond_by = ORDERED + timedelta(hours=2)
    plain, spread = tries(respond_by, at_most=12), tries(respond_by, jitter=1.0, at_most=12)
    assert spread[:9] == plain[:9]
    assert spread[9:] == [second + OWED_JITTER.total_seconds() for second in plain[9:]]


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        (0, 5),
        (3, 5),  # never sooner than the schedule
        (20, 20),
        (600, 600),
        (7000, 7000),
        (10**9, 119 * MINUTE),  # clamped: the last try stays
    ],
)
def test_it_honours_retry_after_as_far_as_the_deadline_leaves_room(asked: int, waited: int) -> None:
    again = next_try(
        first_at=ORDERED,
        now=ORDERED,
        respond_by=ORDERED + timedelta(hours=2),
        retry_after=timedelta(seconds=asked),
    )
    assert again == ORDERED + timedelta(seconds=waited)


SECONDS = {"s": 1, "min": MINUTE}


def said(cell: str) -> list[int]:
    """`0, 5, 15, 30 s, 1, 2 min` in seconds: a unit counts for all before it that have none of their own."""
    moments: list[int] = []
    for numbers, unit in re.findall(r"((?:\d+,? ?)+) (s|min)\b", cell):
        moments += [int(number) * SECONDS[unit] for number in re.findall(r"\d+", numbers)]
    return moments


def test_the_guide_says_what_the_code_does() -> None:
    """Its table, read number by number."""
    guide = (settings.PROJECT / "docs/guides/webhooks.md").read_text()
    (owed,) = re.findall(r"^\| while a decision is owed \| (.+) \|$", guide, re.MULTILINE)
    (unowed,) = re.findall(r"^\| with nothing owed \| (.+) \|$", guide, re.MULTILINE)
    steps, _, rest = owed.partition(", then every ")
    assert said(steps) == [0, *(int(step.total_seconds()) for step in OWED)]
    every, jitter, last = re.fullmatch(
        r"(\d+) min \(with up to (\d+) s of jitter\), one last try (\d+) s before `respond_by`", rest
    ).groups()  # type: ignore[union-attr]  # the test fails where it is None
    assert timedelta(minutes=int(every)) == OWED_THEN_EVERY
    assert timedelta(seconds=int(jitter)) == OWED_JITTER
    assert timedelta(seconds=int(last)) == LAST_TRY_BEFORE
    first, end = re.fullmatch(r"doubling from (\d+) s, to (\d+) days", unowed).groups()  # type: ignore[union-attr]
    assert (timedelta(seconds=int(first)), timedelta(days=int(end))) == (UNOWED_FIRST, UNOWED_END)
    assert timedelta(hours=6) == LONGEST_RETRY_AFTER
    assert "with nothing owed for six hours at most" in guide
    # And what is documented is what is done.
    window = 120 * MINUTE
    made = [second for second in tries(ORDERED + timedelta(seconds=window)) if second < window]
    quarters = range(30 * MINUTE, window - int(last), int(every) * MINUTE)
    assert made == [*said(steps), *quarters, window - int(last)]


def test_it_honours_a_retry_after_of_up_to_six_hours_with_nothing_owed() -> None:
    for asked, waited in ((60, 60), (DAY // 4, DAY // 4), (3 * DAY, DAY // 4)):
        again = next_try(first_at=ORDERED, now=ORDERED, respond_by=None, retry_after=timedelta(seconds=asked))
        assert again == ORDERED + timedelta(seconds=waited)


def test_it_skips_the_times_that_a_slow_try_passed() -> None:
    after_a_timeout = next_try(
        first_at=ORDERED, now=ORDERED + timedelta(seconds=15), respond_by=ORDERED + timedelta(hours=2)
    )
    assert after_a_timeout == ORDERED + timedelta(seconds=30)


@given(
    elapsed=st.integers(0, 3 * DAY),
    window=st.integers(1, 2 * DAY),
    asked=st.integers(0, 10**7),
    jitter=st.floats(0, 1),
)
def test_it_always_leaves_a_last_try_before_the_deadline(elapsed: int, window: int, asked: int, jitter: float) -> None:
    now, respond_by = ORDERED + timedelta(seconds=elapsed), ORDERED + timedelta(seconds=window)
    again = next_try(
        first_at=ORDERED, now=now, respond_by=respond_by, retry_after=timedelta(seconds=asked), jitter=jitter
    )
    last_try = respond_by - LAST_TRY_BEFORE
    if now < last_try:
        assert again is not None
        assert now < again <= last_try
    elif now < respond_by:
        assert again == respond_by
    else:
        assert again is None or again > now


@given(jitter=st.floats(0, 1), window=st.integers(0, 3 * DAY))
def test_its_times_only_grow_and_come_to_an_end(jitter: float, window: int) -> None:
    made = tries(ORDERED + timedelta(seconds=window), jitter=jitter)
    assert len(made) < 1000
    assert all(earlier <= later for earlier, later in pairwise(made))
