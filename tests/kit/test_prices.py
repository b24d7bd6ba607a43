from __future__ import annotations

import pytest

from pushcart.kit.prices import Decimals, PriceError, decimals_of, price

POINT, COMMA, UNSURE = Decimals(), Decimals(comma=True), Decimals(sure=False)


@pytest.mark.parametrize(
    ("text", "currency", "decimals", "value"),
    [
        ("399", "usd", POINT, 39900),
        ("$1,399.00", "usd", POINT, 139900),
        ("1.399,00 €", "eur", COMMA, 139900),
        ("1'399.50", "eur", POINT, 139950),
        ("399.00 USD", "usd", POINT, 39900),
        ("399.0000", "usd", POINT, 39900),
        ("49,9", "eur", COMMA, 4990),
        ("1.399", "eur", COMMA, 139900),
        ("1,250", "kwd", COMMA, 1250),
        ("1,250", "kwd", POINT, 1250000),
        ("1.250", "jpy", POINT, 1250),
        ("1,250,000", "jpy", COMMA, 1250000),
        ("", "usd", POINT, None),
        ("0.00", "usd", POINT, None),
    ],
)
def test_it_reads_an_amount(text, currency, decimals, value):
    assert price(text, currency, decimals) == (value, "")


@pytest.mark.parametrize(
    ("text", "currency", "decimals", "sentence"),
    [
        ("cheap", "usd", POINT, "The price 'cheap' is not an amount of money."),
        ("-1", "usd", POINT, "The price '-1' is not an amount of money."),
        ("1.999", "usd", POINT, "The price can't be: '1.999' is finer than the smallest coin of USD."),
        ("1,399", "eur", Decimals(comma=True, sure=False), "The price '1,399' may be 1399 or 1.399."),
    ],
)
def test_it_says_why_it_is_none(text, currency, decimals, sentence):
    with pytest.raises(PriceError) as refused:
        price(text, currency, decimals)
    assert str(refused.value) == sentence


def test_it_says_what_was_doubtful():
    assert price("1,399", "eur", UNSURE) == (
        139900,
        "The price '1,399' was read as 1399.00: no price of the file shows which sign its decimals have.",
    )
    assert price("399", "eur", UNSURE) == (39900, "")


@pytest.mark.parametrize(
    ("prices", "currency", "separator", "decimals"),
    [
        (["1.399,00", "5"], "eur", ",", COMMA),
        (["1,399.00", "5"], "eur", ";", POINT),
        (["49,9", "1,399"], "eur", ",", COMMA),
        (["1,399", "399"], "eur", ",", UNSURE),
        (["1,399", "399"], "eur", ";", Decimals(comma=True, sure=False)),
        (["1,250", "0,750", "", "0"], "kwd", ",", COMMA),
        (["1.250", "0.750"], "kwd", ";", POINT),
        (["1,250"], "kwd", ",", Decimals(comma=True, sure=False)),
        (["1,250", "3"], "kwd", ",", UNSURE),
        (["1,5", "1.5"], "eur", ",", UNSURE),
        ([], "eur", ";", Decimals(comma=True, sure=False)),
    ],
)
def test_the_prices_of_a_file_show_where_its_decimals_stand(prices, currency, separator, decimals):
    assert decimals_of(prices, currency, separator) == decimals
