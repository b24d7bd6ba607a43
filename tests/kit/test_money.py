from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushcart.kit.money import LARGEST, MoneyError, half_up, major, minor, share_out, shown, step


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("110.10", "usd", 11010),
        (110.1, "usd", 11010),
        (Decimal("0.07"), "usd", 7),
        (0, "usd", 0),
        ("500", "jpy", 500),
        ("1.230", "kwd", 1230),
        ("1999.50", "rsd", 199950),
        ("1999", "isk", 199900),
        ("5000", "mga", 5000),
        (" 12 ", "usd", 1200),
    ],
)
def test_it_reads_major_units(amount, currency, units):
    assert minor(amount, currency) == units


@pytest.mark.parametrize(
    "amount", ["", "abc", "-1", "NaN", "Infinity", "1.001", "1e20", True, None, [], "100000000.00", "1,50"]
)
def test_it_refuses_what_is_no_amount(amount):
    with pytest.raises(MoneyError):
        minor(amount, "usd")


@pytest.mark.parametrize(("amount", "currency"), [("1.5", "jpy"), ("1.234", "kwd"), ("0.001", "omr"), ("10.50", "isk")])
def test_it_refuses_what_no_card_can_be_charged(amount, currency):
    with pytest.raises(MoneyError, match=f"'{amount}' is finer than the smallest coin of {currency.upper()}"):
        minor(amount, currency)


@pytest.mark.parametrize(
    ("units", "currency", "text"),
    [
        (39_900, "usd", "$399.00"),
        (500, "jpy", "¥500"),
        (1_250, "kwd", "KWD 1.250"),
        (199_950, "rsd", "RSD 1,999.50"),
        (199_900, "isk", "ISK 1,999.00"),
    ],
)
def test_it_is_written_with_the_digits_that_the_card_is_charged_in(units, currency, text):
    assert shown(units, currency) == text


def test_it_refuses_an_unknown_currency():
    with pytest.raises(MoneyError, match="'xxz' is not an ISO 4217 currency"):
        minor("1", "xxz")


def test_it_writes_the_digits_of_the_currency():
    assert [str(major(11010, "usd")), str(major(500, "jpy")), str(major(5, "kwd"))] == ["110.10", "500", "0.005"]


@given(st.integers(0, LARGEST), st.sampled_from(["usd", "eur", "jpy", "kwd"]))
def test_it_comes_back_from_the_wire_as_it_went(units, currency):
    units -= units % step(currency)
    assert minor(str(major(units, currency)), currency) == units


@given(st.integers(0, LARGEST), st.lists(st.integers(0, 10**8), min_size=1, max_size=20))
def test_it_shares_out_every_cent(amount, weights):
    parts = share_out(amount, weights)
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)
    whole = sum(weights)
    if whole:
        assert all(abs(part - amount * w / whole) < 1 for part, w in zip(parts, weights, strict=True))


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_it_shares_out_in_tens(tens, weights):
    parts = share_out(tens * 10, weights, by=10)
    assert sum(parts) == tens * 10
    assert not any(part % 10 for part in parts)


def test_it_gives_the_odd_cent_to_the_largest_remainder():
    assert share_out(1000, [1, 1, 1]) == [334, 333, 333]
    assert share_out(5, [0, 0]) == [5, 0]


def test_it_rounds_half_up():
    assert [half_up(Decimal(x), to=10) for x in ("4.9", "5", "184.5", "185")] == [0, 10, 180, 190]
    assert [half_up(Decimal(x)) for x in ("0.5", "1.5", "2.5", "2.4999")] == [1, 2, 3, 2]
