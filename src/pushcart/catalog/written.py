"""A product's number as tills, shops and spreadsheets write it."""

from __future__ import annotations

import re
from typing import NamedTuple

from pushcart.catalog.gtin import as_written, canonical
from pushcart.catalog.naming import SURE

_FORMULA = re.compile(r'="?([^"]*)"?')  # what makes a spreadsheet leave a number alone
_SCIENTIFIC = re.compile(r"(\d)[.,](\d+)[eE]\+?(\d{1,2})", re.ASCII)
# As many as zeros make a difference to nobody.
_MOST = 18


class Written(NamedTuple):
    """A number, how many digits it has as `catalog.naming` counts them, and what was put right to read it."""

    number: int
    digits: int
    repair: str = ""


def written(text: str) -> Written:
    """What the text says of a product; which one that is, the whole file shows (`catalog.naming`).

    Raises:
        GtinError: it is no product's number.
    """
    plain = text.strip()
    if formula := _FORMULA.fullmatch(plain):
        plain = formula[1].strip()
    if whole := _all_digits_of(plain):
        upc = canonical(whole)
        return Written(int(upc), SURE, f"{plain} got its digits back: {upc}.")
    digits = as_written(plain)
    return Written(int(digits), min(len(digits), _MOST))


def _all_digits_of(plain: str) -> str:
    """The digits of `6.01842495575E+11`, which has lost none; empty where some are gone, or it is no such number."""
    told = _SCIENTIFIC.fullmatch(plain)
    return told[1] + told[2] if told and len(told[2]) == int(told[3]) else ""
