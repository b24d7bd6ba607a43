"""What a snapshot tells of a store, in a few bytes that follow its changes: no row has to be read again for those."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Numbers = NDArray[np.uint64]

_COLUMNS = ("upc", "qty", "price")
_NOTHING = -1
_BYTES = 8
# Of SplitMix64 (Steele, Lea and Flood, 2014): each bit of a number moves half of the others.
_STEP = 0x9E37_79B9_7F4A_7C15
_MIX = ((30, 0xBF58_476D_1CE4_E5B9), (27, 0x94D0_49BB_1331_11EB))
_LAST = 31
_SEEDS = (0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7344)


@dataclass(frozen=True)
class Words:
    """What a part of a feed tells.

    Attributes:
        digest: The same for two parts that tell the same, in whatever order the file has it; sixteen bytes.
        lines: How many products it names.
        in_stock: Of how many of these it says more than 0.
    """

    digest: bytes
    lines: int
    in_stock: int

    @classmethod
    def of(cls, shelf: pl.DataFrame) -> Words | None:
        """Of columns as in `feed.told.SHELF`, each product once; None where it leaves one of them as it is."""
        if shelf["qty"].has_nulls():
            return None
        return cls(_bytes(_sums(shelf)), shelf.height, _in_stock(shelf))

    def changed(self, *, gone: pl.DataFrame, came: pl.DataFrame) -> Words:
        """Without the rows that are `gone`, and with those that `came`."""
        before = [int.from_bytes(self.digest[at : at + _BYTES]) for at in range(0, len(self.digest), _BYTES)]
        sums = [now - less + more for now, less, more in zip(before, _sums(gone), _sums(came), strict=True)]
        lines = self.lines - gone.height + came.height
        return Words(_bytes(sums), lines, self.in_stock - _in_stock(gone) + _in_stock(came))


def _in_stock(shelf: pl.DataFrame) -> int:
    return int((shelf["qty"] > 0).sum())


def _sums(shelf: pl.DataFrame) -> list[int]:
    """Of a number made of each row: so the order does not matter, and a row can be taken away again."""
    columns = [shelf[name].cast(pl.Int64).fill_null(_NOTHING).to_numpy().view(np.uint64) for name in _COLUMNS]
    return [_sum(columns, seed) for seed in _SEEDS]


def _sum(columns: list[_Numbers], seed: int) -> int:
    rows = np.full(len(columns[0]), seed, np.uint64)
    for column in columns:
        rows = _mixed(rows ^ column)
    return int(rows.sum(dtype=np.uint64))


def _mixed(numbers: _Numbers) -> _Numbers:
    numbers = numbers + np.uint64(_STEP)
    for shift, factor in _MIX:
        numbers ^= numbers >> np.uint64(shift)
        numbers *= np.uint64(factor)
    numbers ^= numbers >> np.uint64(_LAST)
    return numbers


def _bytes(sums: list[int]) -> bytes:
    return b"".join((each % (1 << 64)).to_bytes(_BYTES) for each in sums)
