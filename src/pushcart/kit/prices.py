"""Amounts of money as people and their programs write them: `$1,399.00`, `1.399,00 €`, `399.00 USD`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pushcart.kit.money import MoneyError, digits, major, minor

if TYPE_CHECKING:
    from collections.abc import Iterable

_COMMA_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_POINT_THOUSANDS = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"-?\d+,\d{1,2}", re.ASCII)
_BETWEEN_THOUSANDS = re.compile("(?<=\\d)[ \u00a0\u202f'\u2019](?=\\d{3}(?!\\d))")
_SIGNS = "$€£¥ \u00a0\u202f"
_LONGEST_SHOWN = 40
# What a text says of the sign before its decimals: nothing, where one sign stands before three digits.
_SHOWS_COMMA = re.compile(r"\d,(\d{1,2}|\d{4,})\D*$|\d\.\d{3},\d", re.ASCII)
_SHOWS_POINT = re.compile(r"\d\.(\d{1,2}|\d{4,})\D*$|\d,\d{3}\.\d", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+|\d{1,3}(\.\d{3})+", re.ASCII)
_DOUBTFUL = re.compile(r"\d{1,3}([.,])\d{3}", re.ASCII)
_WHY_DOUBTFUL = "no price of the file shows which sign its decimals have"
_THREE = 3
# A file of so many prices, all with one sign before three digits, is one of thousandths, if its currency has them.
_ENOUGH = 2


class PriceError(ValueError):
    """No such price; the message is a sentence."""


class Price(NamedTuple):
    """Minor units, None where none is told; and what was doubtful about it, empty where nothing was."""

    value: int | None
    remark: str = ""


class Decimals(NamedTuple):
    """How the prices of a file have their decimals: behind a comma or a point, and whether any of them shows it."""

    comma: bool = False
    sure: bool = True


def decimals_of(prices: Iterable[str], currency: str, separator: str = ",") -> Decimals:
    """What the prices of a file show.

    Where none of them does, the currency's digits and the sign between the file's values speak: whoever separates
    values by semicolons needs the comma for decimals.
    """
    plain = [text for price in prices if (text := _without_signs(price, currency)).strip("0.,")]
    comma = any(_SHOWS_COMMA.search(text) for text in plain)
    point = any(_SHOWS_POINT.search(text) for text in plain)
    if comma != point:
        return Decimals(comma)
    signs = {match[1] if (match := _DOUBTFUL.fullmatch(text)) else "" for text in plain}
    if not comma and digits(currency) == _THREE and len(signs) == 1 and signs != {""}:
        return Decimals(signs == {","}, len(plain) >= _ENOUGH)
    return Decimals(not point and separator == ";", sure=False)


def price(text: str, currency: str, decimals: Decimals) -> Price:
    """Minor units; None where the text is empty or says 0.

    Args:
        text: As the file has it.
        currency: Of the company.
        decimals: Of the file: behind a comma, `1.399` are thousands.

    Raises:
        PriceError: not an amount in this currency, or it may be two.
    """
    plain = _without_signs(text, currency)
    if not digits(currency) and _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "").replace(".", "")
    doubtful = not decimals.sure and _DOUBTFUL.fullmatch(plain)
    if doubtful and doubtful[1] == "," and decimals.comma and digits(currency) != _THREE:
        raise PriceError(f"The price {shown_text(text)} may be {plain.replace(',', '')} or {plain.replace(',', '.')}.")
    plain = _with_point(plain, comma=decimals.comma)
    if not plain:
        return Price(None)
    if not re.fullmatch(r"\d{1,12}(\.\d{0,9})?|\.\d{1,9}", plain, re.ASCII):
        raise PriceError(f"The price {shown_text(text)} is not an amount of money.")
    try:
        value = minor(_without_zeros(plain, currency), currency) or None
    except MoneyError as error:
        raise PriceError(f"The price can't be: {error}") from None
    if not doubtful or not value:
        return Price(value)
    return Price(value, f"The price {shown_text(text)} was read as {major(value, currency)}: {_WHY_DOUBTFUL}.")


def without_spaces(text: str) -> str:
    """Without those that stand between thousands."""
    return _BETWEEN_THOUSANDS.sub("", text)


def shown_text(text: str) -> str:
    """A value of somebody's file, in a sentence."""
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")


def _without_signs(text: str, currency: str) -> str:
    plain = text.strip().strip(_SIGNS)
    plain = re.sub(rf"\s*{currency}\s*", "", plain, flags=re.IGNORECASE).strip(_SIGNS)
    return without_spaces(plain)


def _with_point(plain: str, *, comma: bool) -> str:
    """Thousands are no longer parted, and decimals stand behind a point."""
    if _POINT_THOUSANDS.fullmatch(plain) and (comma or "," in plain):
        return plain.replace(".", "").replace(",", ".")
    if _COMMA_THOUSANDS.fullmatch(plain) and not comma:
        return plain.replace(",", "")
    if _DECIMAL_COMMA.fullmatch(plain) or (comma and re.fullmatch(r"\d+,\d+", plain, re.ASCII)):
        return plain.replace(",", ".")
    return plain


def _without_zeros(plain: str, currency: str) -> str:
    """Tills write four decimals where the currency has two: 399.0000."""
    whole, point, rest = plain.partition(".")
    coin = digits(currency)
    return f"{whole}{point}{rest[:coin]}" if len(rest) > coin and not rest[coin:].strip("0") else plain
