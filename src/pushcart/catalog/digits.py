"""GTINs by the million: the same rules as `catalog.gtin`, in whole columns of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of a GTIN-14; a number of more digits is none. Six are the fewest that are not all prefix (see `catalog.gtin`).
MOST, FEWEST = 10**14, 10**5
# Up to here digits fit 32 bits, in which dividing is quick.
_HALF = 10**7


def are_gtins(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which numbers have a GTIN's digits, the last of which is right."""
    return np.asarray((numbers >= FEWEST) & (numbers < MOST) & (_total(numbers, 1) % np.uint32(10) == 0))


def with_check_digits(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """What each number below a tenth of `MOST` is as a GTIN, if its check digit was left out."""
    check = (10 - _total(numbers, 3).astype(np.int64) % 10) % 10
    return np.asarray(numbers * 10 + check)


def _total(numbers: NDArray[np.int64], first: int) -> NDArray[np.uint32]:
    """Weights 1, 3, 1, 3 … from the right make a multiple of ten (GS1 General Specifications, 7.9)."""
    high = numbers // _HALF
    low = (numbers - high * _HALF).astype(np.uint32)
    # The eighth digit from the right has the weight of the second: 7 digits on, the weights change places.
    return _weighted(low, first) + _weighted(np.minimum(high, _HALF).astype(np.uint32), 4 - first)


def _weighted(numbers: NDArray[np.uint32], first: int) -> NDArray[np.uint32]:
    total = np.zeros_like(numbers)
    weight = first
    for _ in range(7):
        rest = numbers // np.uint32(10)
        total += (numbers - rest * np.uint32(10)) * np.uint32(weight)
        numbers, weight = rest, 4 - weight
    return total
