"""One value of a feed's row, as tills and spreadsheets write it."""

from __future__ import annotations

import re
from typing import NamedTuple

from pushcart.kit.prices import shown_text, without_spaces

# More pieces of one product than any store holds: such a number is a GTIN or a price in the wrong column.
MOST_PIECES = 1_000_000

_COMMA_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_POINT_THOUSANDS = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d+)?", re.ASCII)
_OWED = re.compile(r"\((\d+)\)", re.ASCII)  # as bookkeepers write less than nothing
# Google's words (its local inventory feed) and the pieces that they promise at least; a number beside them says more.
_PIECES_OF = {"in stock": 1, "limited availability": 1, "on display to order": 0, "out of stock": 0}


class ValueRefusedError(ValueError):
    """A value that can't be; the message is the cause."""


class Told(NamedTuple):
    """A value, and what was put right to get it: empty where nothing was."""

    value: int | None
    repair: str = ""


def quantity(text: str, *, comma: bool = False) -> Told:
    """Pieces on hand. Fewer than none, as tills count what they oversold, is none.

    Args:
        text: As the file has it.
        comma: The file's decimals stand behind a comma.

    Raises:
        ValueRefusedError: not a whole number of pieces.
    """
    plain = without_spaces(text.strip())
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
        raise ValueRefusedError(f"The quantity {shown_text(text)} is not a whole number.")
    pieces = int(plain)
    if pieces > MOST_PIECES:
        raise ValueRefusedError(f"The quantity {shown_text(text)} is more than {MOST_PIECES:,} pieces.")
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
        raise ValueRefusedError(f"The availability {shown_text(availability)} is none: it is in_stock or out_of_stock.")
    promised = _PIECES_OF[word]
    if not text.strip():
        return Told(promised)
    told = quantity(text, comma=comma)
    if not promised and told.value:
        return Told(0, f"The quantity {told.value} counts as 0: its availability is {shown_text(availability)}.")
    return told


def _parted(plain: str, text: str, *, comma: bool) -> tuple[str, str, str]:
    """A number's whole part, its decimal sign and its decimals."""
    if comma and re.fullmatch(r"-?\d{1,3}\.000", plain, re.ASCII):
        raise ValueRefusedError(f"The quantity {shown_text(text)} may be {plain[:-4]} or {plain.replace('.', ',')}.")
    if comma and _POINT_THOUSANDS.fullmatch(plain):
        plain = plain.replace(".", "")
    elif not comma and _COMMA_THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
        return plain.partition(".") if "." in plain else (plain, ".", "0")
    sign = "," if "," in plain else "."
    whole, point, rest = plain.partition(sign)
    return (whole, point, rest) if point else (plain, ".", "0")
