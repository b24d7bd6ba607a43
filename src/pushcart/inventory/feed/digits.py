"""GTINs by the million: the same rules as `catalog.gtin`, in whole columns of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of a GTIN-14; a number of more digits is none. Six are the fewest that are not all prefix (see `catalog.gtin`).
_MOST, _FEWEST = 10**14, 10**5
# Up to here digits fit 32 bits, in which dividing is quick.
_HALF = 10**7


def gtins(texts: pl.Series) -> pl.Series:
    """The numbers of those texts that are plain GTINs, digits alone with a right check digit; the rest are null."""
    numbers = texts.cast(pl.Int64, strict=False)
    digits_alone = texts.str.len_bytes().is_between(1, 18) & ~texts.str.contains(r"^[+-]")
    known = numbers.fill_null(0).to_numpy()
    right = (known >= _FEWEST) & (known < _MOST) & _is_right(known)
    return numbers.set(~(digits_alone & pl.Series(right)).fill_null(value=False), None)


def _is_right(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Weights 1, 3, 1, 3 … from the right make a multiple of ten (GS1 General Specifications, 7.9)."""
    high = numbers // _HALF
    low = (numbers - high * _HALF).astype(np.uint32)
    # The eighth digit from the right has the weight 3, as the second: 7 digits on, the weights change places.
    total = _weighted(low, 1) + _weighted(np.minimum(high, _HALF).astype(np.uint32), 3)
    return np.asarray(total % np.uint32(10) == 0)


def _weighted(numbers: NDArray[np.uint32], first: int) -> NDArray[np.uint32]:
    total = np.zeros_like(numbers)
    weight = first
    for _ in range(7):
        rest = numbers // np.uint32(10)
        total += (numbers - rest * np.uint32(10)) * np.uint32(weight)
        numbers, weight = rest, 4 - weight
    return total
