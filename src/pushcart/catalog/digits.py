"""GTINs by the million: the same rules as `catalog.gtin`, in whole columns of numbers."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of a GTIN-14; a number of more digits is none. Six are the fewest that are not all prefix (see `catalog.gtin`).
MOST, FEWEST = 10**14, 10**5
# So many digits are looked up at once.
_PLACES = 4
_CHUNK = 10**_PLACES


def are_gtins(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which numbers have a GTIN's digits, the last of which is right."""
    return np.asarray((numbers >= FEWEST) & (numbers < MOST) & (_total(numbers, 1) % 10 == 0))


def with_check_digits(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """What each number below a tenth of `MOST` is as a GTIN, if its check digit was left out."""
    check = (10 - _total(numbers, 3).astype(np.int64) % 10) % 10
    return np.asarray(numbers * 10 + check)


def _total(numbers: NDArray[np.int64], first: int) -> NDArray[np.uint8]:
    """Weights 1, 3, 1, 3 … from the right make a multiple of ten (GS1 General Specifications, 7.9)."""
    high = numbers // _CHUNK**2
    low = (numbers - high * _CHUNK**2).astype(np.uint32)
    high = np.clip(high, 0, MOST // _CHUNK**2).astype(np.uint32)
    totals = _totals(first)
    parts = low // _CHUNK, low % _CHUNK, high // _CHUNK, high % _CHUNK
    total = np.zeros(len(numbers), np.uint8)
    for part in parts:
        total += totals[part]
    return total


@lru_cache
def _totals(first: int) -> NDArray[np.uint8]:
    """Of each number of four digits; they are even, so the next four have the same weights."""
    numbers, total, weight = np.arange(_CHUNK), np.zeros(_CHUNK, np.int64), first
    for _ in range(_PLACES):
        total += numbers % 10 * weight
        numbers, weight = numbers // 10, 4 - weight
    return (total % 10).astype(np.uint8)
