"""One value of a feed's row, as tills write it."""

from __future__ import annotations

import re
from typing import NamedTuple

from pushcart.catalog import gtin
from pushcart.kit.money import MoneyError, minor

# More pieces of one product than any store holds: such a number is a GTIN or a price in the wrong column.
MOST_PIECES = 1_000_000
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_DECIMAL_COMMA = re.compile(r"\d+,\d{1,2}")
_ZEROS = re.compile(r"\.0*")
_SIGNS = "$€£¥ \u00a0"
_LONGEST_SHOWN = 40


class ValueRefusedError(ValueError):
    """A value that can't be; the message is the cause."""


class Told(NamedTuple):
    """A value, and what was put right to get it: empty where nothing was."""

    value: int | None
    repair: str = ""


class Named(NamedTuple):
    """A product, and what was put right to know it."""

    upc: str
    repair: str = ""


def product(text: str) -> Named:
    """The canonical GTIN; one of 11 digits that lacks its check digit gets it.

    Raises:
        ValueRefusedError: not a GTIN.
    """
    try:
        upc = gtin.canonical(text)
    except gtin.GtinError as error:
        try:
            upc = gtin.with_check_digit(text)
        except gtin.GtinError:
            raise ValueRefusedError(str(error)) from None
        return Named(upc, f"{text.strip()} got its check digit: {upc}.")
    plain = text.strip()
    if plain != upc and len(plain) < len(upc) and plain.isdigit():
        return Named(upc, f"{plain} got its leading zeros back: {upc}.")
    return Named(upc)


def quantity(text: str) -> Told:
    """Pieces on hand. Fewer than none, as tills count what they oversold, is none.

    Raises:
        ValueRefusedError: not a whole number of pieces.
    """
    plain = text.strip()
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    whole, point, rest = plain.partition(".")
    if point and _ZEROS.fullmatch(point + rest):
        plain = whole
    if not plain:
        raise ValueRefusedError("The quantity is missing.")
    if not re.fullmatch(r"[+-]?\d{1,12}", plain, re.ASCII):
        raise ValueRefusedError(f"The quantity {_shown(text)} is not a whole number.")
    pieces = int(plain)
    if pieces > MOST_PIECES:
        raise ValueRefusedError(f"The quantity {_shown(text)} is more than {MOST_PIECES:,} pieces.")
    if pieces < 0:
        return Told(0, f"The quantity {pieces} counts as 0.")
    return Told(pieces)


def price(text: str, currency: str) -> Told:
    """Minor units; None, for the product's own price, where the feed has none or says 0.

    Raises:
        ValueRefusedError: not an amount in this currency.
    """
    plain = text.strip().strip(_SIGNS)
    plain = re.sub(rf"\s*{currency}\s*", "", plain, flags=re.IGNORECASE)
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(plain):
        plain = plain.replace(",", ".")
    if not plain:
        return Told(None)
    if not re.fullmatch(r"\d{1,12}(\.\d{0,9})?|\.\d{1,9}", plain, re.ASCII):
        raise ValueRefusedError(f"The price {_shown(text)} is not an amount of money.")
    try:
        return Told(minor(plain, currency) or None)
    except MoneyError as error:
        raise ValueRefusedError(f"The price can't be: {error}") from None


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")
