"""Which products the numbers of a file mean (decision 0023).

Files lose leading zeros, and some leave out the check digit. One number does not show which: of those without their
check digit one in ten looks like a GTIN that lost a zero. So the file as a whole is asked first, and the catalogue
where that does not say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from pushcart.catalog.digits import FEWEST, MOST, are_gtins, with_check_digits
from pushcart.catalog.gtin import GtinError, canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    _Bools = NDArray[np.bool_]
    _Ints = NDArray[np.int64]

# In place of how many digits a number has: it is a GTIN, whatever the others are.
SURE = 0
UPC, _GTIN = 12, 14
# Fewer digits than a UPC that lost a zero and its check digit has are rather a store's own number.
_LIKE_A_UPC = 10
# Of those there are some that begin with zeros: a GTIN-8.
_GTIN_8 = 8
# Without check digits nine of ten numbers don't fit, of a few perhaps less; with them, those that are mistyped.
_FEWEST_WITHOUT, _MOST_WITH = 0.75, 0.05
# So many different numbers show it beyond doubt.
_MANY = 20


class Known(Protocol):
    def __call__(self, numbers: Iterable[int], /) -> set[int]:
        """Those of them under which the catalogue keeps a product."""


@dataclass
class Names:
    """What the numbers of a file mean.

    Attributes:
        numbers, digits: As they were given.
        upc: The number of the canonical GTIN; 0 where it is none that is known.
        completed: It got the check digit that it lacked.
        twofold: It is a GTIN as it stands and without its check digit, and nothing says which: `upc` is 0.
    """

    numbers: _Ints
    digits: _Ints
    upc: _Ints
    completed: _Bools
    twofold: _Bools

    def written(self, n: int) -> str:
        """The digits as they stand in the file."""
        return f"{self.numbers[n]:0{self.digits[n]}}"

    def readings(self) -> tuple[_Ints, _Ints]:
        """Of those that are `twofold`, the GTIN as it stands, and with its check digit."""
        numbers = self.numbers[self.twofold]
        return numbers, with_check_digits(numbers)

    def repair(self, n: int) -> str:
        """What was put right in one of those whose product is known; empty where nothing was."""
        if self.completed[n]:
            return f"{self.written(n)} got its check digit: {self.upc[n]:012}."
        if SURE < self.digits[n] < UPC:
            return f"{self.written(n)} got its leading zeros back: {self.upc[n]:012}."
        return ""

    def cause(self, n: int) -> str:
        """Why one of the others is no product."""
        written = self.written(n)
        if self.twofold[n]:
            whole = int(with_check_digits(self.numbers[n : n + 1])[0])
            return f"{written!r} may be {self.numbers[n]:012}, or {whole:012} without its check digit: send all digits."
        try:
            canonical(written)
        except GtinError as error:
            return str(error)
        return f"{written!r} lacks a digit, and no product shows which."


def names_of(numbers: _Ints, digits: _Ints, known: Known) -> Names:
    """What the numbers of a whole file mean.

    Args:
        numbers: As they stand there.
        digits: How many each has there, with the zeros that it begins with; or `SURE`.
        known: The catalogue.
    """
    fits = are_gtins(numbers)
    names = Names(numbers, digits, np.where(fits, numbers, 0), np.zeros_like(fits), np.zeros_like(fits))
    lacking = [length for length in range(UPC, _GTIN + 1) if _lacks(numbers, fits, digits == length)]
    doubtful = (digits != SURE) & ((digits < UPC) | ~fits | np.isin(digits, lacking))
    _find_out(names, np.flatnonzero(doubtful), lacking, known)
    return names


class _Verdict(NamedTuple):
    """Of the numbers of one length: whether they have their check digits, or lack them; neither: some do."""

    have: bool
    lack: bool
    clear: bool = True  # the catalogue need not be asked


def _lacks(numbers: _Ints, fits: _Bools, chosen: _Bools) -> bool:
    """Whether numbers as long as whole GTINs lack their check digits: many must, for a few may be mistyped."""
    of_length = int(np.count_nonzero(chosen))
    wrong = chosen & ~fits
    if of_length < _MANY or np.count_nonzero(wrong) < of_length * _FEWEST_WITHOUT:
        return False
    return len(np.unique(numbers[wrong])) >= _MANY * _FEWEST_WITHOUT


def _short(numbers: _Ints, digits: _Ints, fits: _Bools) -> _Verdict:
    like = digits >= _LIKE_A_UPC
    _, firsts = np.unique(numbers[like], return_index=True)
    wrong = int(np.count_nonzero(~fits[like][firsts]))
    many = len(firsts)
    have = wrong <= many * _MOST_WITH
    return _Verdict(have, not have and wrong >= many * _FEWEST_WITHOUT, many >= _MANY)


def _find_out(names: Names, doubtful: _Ints, lacking: list[int], known: Known) -> None:
    numbers, digits = names.numbers[doubtful], names.digits[doubtful]
    short = digits < UPC
    # Where a zero stands in front, a spreadsheet has taken none.
    kept = (digits > _GTIN_8) & (numbers < 10 ** np.maximum(digits - 1, 0)) & short
    as_it_is = (names.upc[doubtful] != 0) & ~kept
    completable = (numbers >= FEWEST // 10) & (numbers < MOST // 10) & (digits >= _GTIN_8 - 1)
    verdict = _short(numbers[short], digits[short], as_it_is[short])
    lack = np.where(short, verdict.lack, np.isin(digits, lacking))
    have = np.where(short, verdict.have, ~lack)
    like = digits >= _LIKE_A_UPC
    complete = completable & like & (lack | (short & ~have & ~as_it_is))
    twofold = as_it_is & completable & short & ~have & (~lack | ~like)
    clear = as_it_is & have & (verdict.clear | ~short)
    ask = completable & ~clear & ~(complete & ~as_it_is)
    completed = np.zeros_like(numbers)
    completed[completable] = with_check_digits(numbers[completable])
    kept_here = known({*numbers[ask & as_it_is].tolist(), *completed[ask].tolist()}) if ask.any() else set()
    listed = np.array(sorted(kept_here), np.int64)
    by_itself = ask & as_it_is & np.isin(numbers, listed)
    by_completion = ask & np.isin(completed, listed)
    complete = np.where(by_itself != by_completion, by_completion, complete)
    twofold &= by_itself == by_completion
    stands = as_it_is & ~complete & ~twofold
    names.completed[doubtful] = complete & ~twofold
    names.twofold[doubtful] = twofold
    names.upc[doubtful] = np.select([twofold, complete, stands], [0, completed, numbers], 0)
