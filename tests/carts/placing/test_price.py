from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pushcart.carts.order import Cause, Item, Refusal
from pushcart.carts.placing.parts import PricedLine
from pushcart.carts.placing.price import price_differs, tax_of, with_delivery_fee
from pushcart.catalog.models import Product
from pushcart.kit import money

UPC = "601842495575"
RATES = some.decimals(min_value=0, max_value="0.99999", places=5)
PRICES = some.integers(min_value=0, max_value=500_000)
QUANTITIES = some.integers(min_value=1, max_value=99)


def item(qty: int = 1, price: str = "1", tax: str | None = None) -> Item:
    return Item(UPC, 1, qty, Decimal(price), None if tax is None else Decimal(tax))


def priced(price: int, qty: int, tax: int = 0, position: int = 0) -> PricedLine:
    return PricedLine(position, item(qty), Product(upc=UPC), price, 0, tax, shipping=0)


@pytest.mark.parametrize(
    ("price", "qty", "rate", "expected"),
    [
        (39_900, 1, "0.0825", (3_292, 3_292)),
        # 32.9175 a piece: the line is rounded once.
        (39_900, 2, "0.0825", (3_292, 6_584)),
        (10, 5, "0.05", (1, 3)),  # half a cent goes up
        (9, 1, "0.05", (0, 0)),
        (10_000, 99, "0", (0, 0)),
        (1_999, 3, "0.07250", (145, 435)),
    ],
)
def test_it_rounds_the_line_half_up(price: int, qty: int, rate: str, expected: tuple[int, int]):
    assert tax_of(item(qty), price, Decimal(rate), "usd", included=False) == expected


@pytest.mark.parametrize(
    ("currency", "price", "rate", "included", "expected"),
    [
        ("gbp", 12_000, "0.20", True, (2_000, 6_000)),
        ("eur", 9_990, "0.19", True, (1_595, 4_785)),  # 1,595.04 a piece, 4,785.13 the line
        ("jpy", 1_098, "0.10", True, (100, 299)),  # 99.8 and 299.45 yen
        ("jpy", 1_098, "0.10", False, (110, 329)),
        ("kwd", 1_230, "0.05", False, (60, 180)),  # 61.5 and 184.5 fils: the last digit of a dinar's three stays 0
        ("kwd", 1_230, "0.15", True, (160, 480)),
        ("isk", 199_900, "0.24", True, (38_700, 116_100)),
    ],
)
def test_it_knows_prices_with_their_tax_and_currencies_of_other_digits(
    currency: str, price: int, rate: str, included: bool, expected: tuple[int, int]
):
    assert tax_of(item(3), price, Decimal(rate), currency, included=included) == expected


@given(price=PRICES, qty=QUANTITIES, rate=RATES)
def test_it_finds_the_tax_within_a_price(price: int, qty: int, rate: Decimal):
    tax = tax_of(item(qty), price, rate, "eur", included=True)
    assert not isinstance(tax, Refusal)
    net = price * qty - tax[1]
    assert 0 <= tax[1] <= price * qty
    assert abs(net * rate - tax[1]) <= 1


@pytest.mark.parametrize(
    ("currency", "tax", "expected"),
    [
        ("usd", "27.93", (2_793, 5_586)),
        ("usd", "0", (0, 0)),
        ("usd", "27.930", (2_793, 5_586)),
        ("jpy", "28", (28, 56)),
        ("kwd", "0.250", (250, 500)),
    ],
)
def test_it_takes_an_amount_that_the_site_worked_out(currency: str, tax: str, expected: tuple[int, int]):
    assert tax_of(item(2, tax=tax), 39_900, Decimal("0.07"), currency, included=False) == expected


def test_it_takes_seven_cents_where_seven_cents_are_the_tax():
    assert tax_of(item(tax="0.07"), 100, Decimal("0.07"), "usd", included=False) == (7, 7)


@pytest.mark.parametrize(("price", "right"), [("399", True), ("399.0", True), ("399.000", True), ("399.01", False)])
def test_it_compares_prices_and_not_how_they_are_written(price: str, right: bool):
    assert (price_differs(item(price=price), 39_900, "usd") is None) is right


def test_it_says_a_price_without_an_exponent():
    refusal = price_differs(item(price="1E+2"), 39_900, "usd")
    assert refusal is not None
    assert refusal.message == "The store's price is 399.00 USD, not 100."


@given(price=PRICES, qty=QUANTITIES, rate=RATES)
def test_it_is_never_off_by_more_than_half_a_cent_a_line(price: int, qty: int, rate: Decimal):
    tax = tax_of(item(qty), price, rate, "usd", included=False)
    assert not isinstance(tax, Refusal)
    assert abs(tax[1] - price * qty * rate) <= Decimal("0.5")
    assert abs(tax[0] - price * rate) <= Decimal("0.5")


@given(price=PRICES, rate=RATES, given_tax=some.decimals(min_value=0, max_value=9_999, places=4))
def test_it_takes_an_amount_whole_or_refuses_it(price: int, rate: Decimal, given_tax: Decimal):
    tax = tax_of(item(3, tax=str(given_tax)), price, rate, "usd", included=False)
    if isinstance(tax, Refusal):
        assert tax.cause == Cause.TAX_MISMATCH
        assert given_tax != given_tax.quantize(Decimal("0.01")) or given_tax * 100 > price or given_tax == rate
    else:
        assert tax == (money.minor(given_tax, "usd"), 3 * money.minor(given_tax, "usd"))


@given(fee=some.integers(min_value=0, max_value=100_000), lines=some.lists(some.tuples(PRICES, QUANTITIES), min_size=1))
def test_it_shares_the_fee_out_to_the_last_cent(fee: int, lines: list[tuple[int, int]]):
    before = [priced(price, qty, position=n) for n, (price, qty) in enumerate(lines)]
    after = with_delivery_fee(before, fee, "usd")

    assert sum(line.shipping for line in after) == fee
    assert all(line.shipping >= 0 for line in after)
    assert [replace(line, shipping=0) for line in after] == before
    assert sum(line.total for line in after) == sum(line.total for line in before) + fee
    whole = sum(line.subtotal for line in before)
    for line in after:
        if whole:
            assert abs(line.shipping - Decimal(fee) * line.subtotal / whole) < 1


def test_it_gives_the_fee_to_the_first_line_where_nothing_costs_anything():
    after = with_delivery_fee([priced(0, 1), priced(0, 2)], 500, "usd")
    assert [line.shipping for line in after] == [500, 0]


def test_it_shares_a_fee_out_in_what_a_card_can_be_charged():
    after = with_delivery_fee([priced(1_000, 1), priced(2_000, 1)], 500, "kwd")
    assert [line.shipping for line in after] == [170, 330]


def test_a_price_that_holds_its_tax_is_the_total():
    line: Any = replace(priced(1_000, 3, tax=500), shipping=77, tax_included=True)
    assert (line.subtotal, line.tax, line.total) == (3_000, 500, 3_077)


def test_it_adds_a_line_up():
    line: Any = replace(priced(1_000, 3, tax=248), shipping=77)
    assert (line.subtotal, line.total) == (3_000, 3_325)
