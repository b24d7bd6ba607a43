"""GTINs as PushCart keeps them: digits alone, 12 of them where 12 are enough, with a right check digit.

A GTIN-8, UPC-A, EAN-13 and GTIN-14 of one product differ in leading zeros alone, which spreadsheets lose. So they are
no part of the name: `0601842495575` is `601842495575`, and what a spreadsheet left of `036000291452` is that again.
"""

from __future__ import annotations

from stdnum.ean import calc_check_digit

_LENGTH = 12  # of a UPC-A
_LONGEST = 14  # of a GTIN-14
# GS1 gives out no prefix with more zeros in front than these digits leave.
_FEWEST = 6
_LONGEST_ECHOED = 40


class GtinError(ValueError):
    """Not a GTIN; the message is a sentence that says why."""


def canonical(text: str) -> str:
    """The GTIN under which a product is kept, from whatever a feed, an address or a clerk wrote.

    Spaces and dashes between digits, leading zeros, lost or added, and a spreadsheet's `.0` make no difference.

    Raises:
        GtinError: it isn't a GTIN, or its check digit is wrong.
    """
    digits = as_written(text).lstrip("0").zfill(_LENGTH)
    if calc_check_digit(digits[:-1]) != digits[-1]:
        raise GtinError(f"{_echo(text)} is not a GTIN: its last digit should be {calc_check_digit(digits[:-1])}.")
    return digits


def as_written(text: str) -> str:
    """The digits of what may be a GTIN, those zeros among them with which it begins; the last one is not yet checked.

    Raises:
        GtinError: it can't be one, whatever digits it has lost.
    """
    plain = _plain(text)
    if not plain:
        raise GtinError("The UPC is missing.")
    if "e+" in plain.lower():
        raise GtinError(f"{_echo(text)} is a number that a spreadsheet has shortened: its last digits are lost.")
    if not _are_digits(plain):
        raise GtinError(f"{_echo(text)} is not a GTIN: it may hold digits only.")
    digits = plain.lstrip("0")
    if len(digits) > _LONGEST:
        raise GtinError(f"{_echo(text)} is not a GTIN: it has {len(digits)} digits, the longest have 14.")
    if len(digits) < _FEWEST:
        raise GtinError(f"{_echo(text)} is not a GTIN: it has too few digits.")
    return plain


def _plain(text: str) -> str:
    return text.strip().strip("'\"").replace(" ", "").replace("-", "").removesuffix(".0")


def _are_digits(plain: str) -> bool:
    return plain.isascii() and plain.isdigit()


def _echo(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_ECHOED else text[:_LONGEST_ECHOED] + "…")
