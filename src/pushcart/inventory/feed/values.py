"""One value of a feed's row, as tills and spreadsheets write it."""

from __future__ import annotations

import re
from typing import NamedTuple

from pushcart.catalog import gtin
from pushcart.kit.money import MoneyError, digits, minor

# More pieces of one product than any store holds: such a number is a GTIN or a price in the wrong column.
MOST_PIECES = 1_000_000

_FORMULA = re.compile(r'="?([^"]*)"?')  # what makes a spreadsheet leave a number alone
_SCIENTIFIC = re.compile(r"(\d)[.,](\d+)[eE]\+?(\d{1,2})", re.ASCII)
_COMMA_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_POINT_THOUSANDS = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"-?\d+,\d{1,2}", re.ASCII)
_BETWEEN_THOUSANDS = re.compile("(?<=\\d)[ \u00a0\u202f'\u2019](?=\\d{3}(?!\\d))")
_OWED = re.compile(r"\((\d+)\)", re.ASCII)  # as bookkeepers write less than nothing
_SIGNS = "$€£¥ \u00a0\u202f"
_LONGEST_SHOWN = 40
# Google's words (its local inventory feed) and the pieces that they promise at least; a number beside them says more.
_PIECES_OF = {"in stock": 1, "limited availability": 1, "on display to order": 0, "out of stock": 0}


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
    plain = text.strip()
    if formula := _FORMULA.fullmatch(plain):
        plain = formula[1].strip()
    if whole := _all_digits_of(plain):
        return Named(_canonical(whole), f"{plain} got its digits back: {_canonical(whole)}.")
    try:
        upc = gtin.canonical(plain)
    except gtin.GtinError as error:
        try:
            upc = gtin.with_check_digit(plain)
        except gtin.GtinError:
            raise ValueRefusedError(str(error)) from None
        return Named(upc, f"{plain} got its check digit: {upc}.")
    if plain != upc and len(plain) < len(upc) and plain.isdigit():
        return Named(upc, zeros_back(plain, upc))
    return Named(upc)


def zeros_back(plain: str, upc: str) -> str:
    """The remark on a number that a spreadsheet took the leading zeros from."""
    return f"{plain} got its leading zeros back: {upc}."


def quantity(text: str, *, comma: bool = False) -> Told:
    """Pieces on hand. Fewer than none, as tills count what they oversold, is none.

    Args:
        text: As the file has it.
        comma: The file's decimals stand behind a comma.

    Raises:
        ValueRefusedError: not a whole number of pieces.
    """
    plain = _BETWEEN_THOUSANDS.sub("", text.strip())
    if plain.endswith("-") and plain[:-1].isdigit():
        plain = "-" + plain[:-1]
    elif owed := _OWED.fullmatch(plain):
        plain = "-" + owed[1]
    whole, point, rest = _parted(plain, text, comma=comma)
    if point and not rest.strip("0"):
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


def available(text: str, availability: str, *, comma: bool = False) -> Told:
    """Pieces by a quantity, an availability in Google's words, or both: then what is out of stock is, whatever is left.

    Raises:
        ValueRefusedError: neither says it.
    """
    word = re.sub(r"[ _-]+", " ", availability.strip().casefold())
    if not word:
        return quantity(text, comma=comma)
    if word not in _PIECES_OF:
        raise ValueRefusedError(f"The availability {_shown(availability)} is none: it is in_stock or out_of_stock.")
    promised = _PIECES_OF[word]
    if not text.strip():
        return Told(promised)
    told = quantity(text, comma=comma)
    if not promised and told.value:
        return Told(0, f"The quantity {told.value} counts as 0: its availability is {_shown(availability)}.")
    return told


def price(text: str, currency: str, *, comma: bool = False) -> Told:
    """Minor units; None, for the product's own price, where the feed has none or says 0.

    Args:
        text: As the file has it: `399`, `$1,399.00`, `1.399,00 €`, `399.00 USD`.
        currency: The company's.
        comma: The file's decimals stand behind a comma, so `1.399` are thousands.

    Raises:
        ValueRefusedError: not an amount in this currency.
    """
    plain = text.strip().strip(_SIGNS)
    plain = re.sub(rf"\s*{currency}\s*", "", plain, flags=re.IGNORECASE).strip(_SIGNS)
    plain = _BETWEEN_THOUSANDS.sub("", plain)
    if _POINT_THOUSANDS.fullmatch(plain) and (comma or "," in plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif _COMMA_THOUSANDS.fullmatch(plain) and not comma:
        plain = plain.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(plain) or (comma and re.fullmatch(r"\d+,\d+", plain, re.ASCII)):
        plain = plain.replace(",", ".")
    if not plain:
        return Told(None)
    if not re.fullmatch(r"\d{1,12}(\.\d{0,9})?|\.\d{1,9}", plain, re.ASCII):
        raise ValueRefusedError(f"The price {_shown(text)} is not an amount of money.")
    try:
        return Told(minor(_without_zeros(plain, currency), currency) or None)
    except MoneyError as error:
        raise ValueRefusedError(f"The price can't be: {error}") from None


def has_decimal_comma(prices: list[str]) -> bool:
    """Whether the prices of a file have their decimals behind a comma."""
    plain = [text.strip().strip(_SIGNS) for text in prices]
    commas = any(re.search(r"\d,\d{1,2}(\D*)$", text) for text in plain)
    return commas and not any(re.search(r"\d\.\d{1,2}(\D*)$", text) for text in plain)


def _all_digits_of(plain: str) -> str:
    """The digits of `6.01842495575E+11`, which has lost none; empty where some are gone, or it is no such number."""
    told = _SCIENTIFIC.fullmatch(plain)
    return told[1] + told[2] if told and len(told[2]) == int(told[3]) else ""


def _canonical(digits_: str) -> str:
    try:
        return gtin.canonical(digits_)
    except gtin.GtinError as error:
        raise ValueRefusedError(str(error)) from None


def _parted(plain: str, text: str, *, comma: bool) -> tuple[str, str, str]:
    """A number's whole part, its decimal sign and its decimals."""
    if comma and re.fullmatch(r"-?\d{1,3}\.000", plain, re.ASCII):
        raise ValueRefusedError(f"The quantity {_shown(text)} may be {plain[:-4]} or {plain.replace('.', ',')}.")
    if comma and _POINT_THOUSANDS.fullmatch(plain):
        plain = plain.replace(".", "")
    elif not comma and _COMMA_THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
        return plain.partition(".") if "." in plain else (plain, ".", "0")
    sign = "," if "," in plain else "."
    whole, point, rest = plain.partition(sign)
    return (whole, point, rest) if point else (plain, ".", "0")


def _without_zeros(plain: str, currency: str) -> str:
    """Tills write four decimals where the currency has two: 399.0000."""
    whole, point, rest = plain.partition(".")
    coin = digits(currency)
    return f"{whole}{point}{rest[:coin]}" if len(rest) > coin and not rest[coin:].strip("0") else plain


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")
