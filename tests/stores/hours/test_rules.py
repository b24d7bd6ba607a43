from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushcart.stores.hours import HoursError, OpeningTimes, deadline, validate


@pytest.mark.parametrize(
    "text",
    [
        "24/7",
        "off",
        "Mo-Fr 09:00-18:00; Sa 10:00-16:00; Su,PH off",
        "mo-fr 9:00-18:00",
        "Mo-Fr 09:00-12:30, 13:30-18:00",
        'Mo-Fr 09:00-18:00 open "ring; twice, please"',
        "Mo[1],We[-1] 10:00-12:00",
        "week 1-53/2 Mo 09:00-10:00",
        "2026 Dec 24,2026 Dec 31: 09:00-13:00",
        "Dec 24-Jan 2 off",
        "Feb 29 off; 2028 Feb 29 10:00-12:00; Feb off",
        "easter +1 day off",
        "10:00-18:00; 12:00-13:00 closed",
    ],
)
def test_it_takes(text: str) -> None:
    validate(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Opening hours are missing"),
        ("  ", "Opening hours are missing"),
        ("x" * 1001, "have 1001 characters; 1000 are the most"),
        ("Mo-Fr 9-17", 'cannot be read from "9-17" on (character 7 of "Mo-Fr 9-17")'),
        ("Mo-Fr 09:00-18:00;", "cannot be read from the end on (character 19"),
        ("Mo-Fr 09:00-18:00; Xx off", 'from "Xx off" on (character 20'),
        ("Mo-Fr 25:00-26:00", 'from "25:00-26:00" on (character 7'),
        ("Mo-Fr 09:00-49:00", 'from "49:00" on (character 13'),
        ("Mo-Fr\n09:00-18:00", "character 6"),
        ("Mo-Fr 09:00-18:00; Sa 10:00+", '"Sa 10:00+" leaves the closing time open: give one'),
        ("Mo-Fr 09:00-18:00+", '"Mo-Fr 09:00-18:00+" leaves the closing time open'),
        ("Mo-Fr sunrise-18:00", '"Mo-Fr sunrise" depends on the sun'),
        ("Mo-Fr 09:00-(sunset-01:00)", '"Mo-Fr 09:00-(sunset" depends on the sun'),
        ("Mo-Fr 09:00-18:00; SH off", '"SH" means school holidays, which are not known here'),
        ("Mo-Fr 09:00-18:00; PH,SH off", '"SH" means school holidays'),
        ("Mo-Fr 09:00-12:00/30", "gives points in time, not hours"),
        ('Mo-Fr 09:00-12:00 || "by appointment"', "is a fallback"),
        ("Mo, We 09:00-18:00", "The rule 'Mo' gives no hours: add them, or 00:00-24:00, or off"),
        ("Dec 24, Dec 25 off", "The rule 'Dec 24' gives no hours"),
        ("Mo-Fr", "The rule 'Mo-Fr' gives no hours"),
        ('Mo-Fr 09:00-18:00 "call first"', "has a comment that makes it doubtful"),
        ('"by appointment"', "has a comment that makes it doubtful"),
        ("Mo-Fr 09:00-18:00; Dec PH off", 'public holidays stand beside "Dec PH"'),
        ("Mo-Fr 09:00-18:00; PH Mo 10:00-12:00", 'public holidays stand beside "PH Mo"'),
        ("Mo-Fr 09:00-18:00; PH +9 days off", 'public holidays stand beside "PH +9 days"'),
        ("Feb 30 10:00-12:00", 'there is no such day as "Feb 30"'),
        ("Mo-Fr 09:00-18:00; Jun 31 off", 'there is no such day as "Jun 31"'),
        ("2026 Feb 29 off", 'there is no such day as "2026 Feb 29"'),
        ("Dec 20-32 off", 'from "2 off" on (character 9'),
        ("Feb 20-30 off", 'there is no such day as "Feb 20-30"'),
        ("Dec 25-20 off", 'there is no such day as "Dec 25-20"'),
        ("Mo-Su 18:00-02:00; Su 00:30-01:00 off", 'a break ("off" with times) stands beside hours past midnight'),
    ],
)
def test_it_refuses(text: str, sentence: str) -> None:
    with pytest.raises(HoursError) as refusal:
        validate(text)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (("24/7", "America/Springfield"), 'There is no time zone "America/Springfield"'),
        (("24/7", ""), 'There is no time zone ""'),
        (("24/7", "../../etc/passwd"), "There is no time zone"),
        (("Mo-Su 09:00-18:00; PH off", "America/New_York"), "the store's country is needed"),
        (("PH off", "America/New_York", "XX"), 'The public holidays of the country "XX" are not known'),
        (("PH off", "Europe/Berlin", "DE", "ZZ"), 'region "ZZ" of DE are not known: known are BB, BE, BW, BY'),
        (("PH off", "Asia/Singapore", "SG", "ZZ"), "region of SG are not known: leave the region empty"),
        (("nonsense", "America/New_York"), "cannot be read"),
    ],
)
def test_it_refuses_a_place_that_it_does_not_know(parts: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(HoursError) as refusal:
        OpeningTimes(*parts)
    assert sentence in str(refusal.value).replace('region "ZZ" of SG', "region of SG")


def test_it_asks_for_a_place_only_where_holidays_are_named() -> None:
    OpeningTimes("Mo-Fr 09:00-18:00", "America/New_York", "XX", "Nowhere")


PIECES = st.sampled_from(
    [
        *("Mo", "Fr", "Mo-Fr", "Su", "PH", "SH", "Dec", "24", "Feb 30", "2026", "week", "easter", "[1]", "+1", "day"),
        *("10:00", "02:00", "24:00", "10:00-18:00", "18:00-02:00", "(sunset-01:00)", "24/7", "off", "open", "unknown"),
        *(",", ";", "; ", ", ", "-", ":", "+", "/", '"', " || "),
    ]
)
A_MOMENT = datetime(2026, 11, 18, 12, tzinfo=UTC)


@given(
    st.lists(st.tuples(PIECES | st.text(max_size=2), st.sampled_from(["", " "])).map("".join), max_size=10).map("".join)
)
def test_it_can_use_every_text_that_it_does_not_refuse_with_a_sentence(text: str) -> None:
    try:
        store = OpeningTimes(text, "America/New_York", "US")
    except HoursError as refusal:
        assert str(refusal).endswith(".")  # noqa: PT017 - both outcomes are right, any other error is not
    else:
        due = deadline(store, A_MOMENT, timedelta(hours=2))
        assert due is None or due >= A_MOMENT + timedelta(hours=2)
