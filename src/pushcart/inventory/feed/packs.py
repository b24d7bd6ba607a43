"""Lines of a store, packed: up to 128 of them are one row, written and read as arrays and never one by one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pushcart.inventory.feed.told import SHELF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# Three rows of so many lines fill a page of the database.
LINES = 128
NO_PRICE = -1
WRITE = "COPY inventory_packed (store_id, first, numbers, on_hand, prices, snapshot) FROM STDIN (FORMAT binary)"
# An array's head in the binary form is 20 bytes; then for each value its length and the value.
_HEAD = 20
READ = f"""
SELECT {
    ", ".join(
        f"string_agg(substr(array_send({name}), {_HEAD + 1}), '' ORDER BY first)"
        for name in ("numbers", "on_hand", "prices")
    )
}, max(snapshot)
FROM inventory_packed WHERE store_id = %s
"""  # noqa: S608 names of ours
_LONG, _SHORT = np.dtype([("length", ">i4"), ("value", ">i8")]), np.dtype([("length", ">i4"), ("value", ">i4")])
_LONG_OID, _SHORT_OID = 20, 23
_BEGIN, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_COLUMNS = (("numbers", _LONG, _LONG_OID), ("on_hand", _SHORT, _SHORT_OID), ("prices", _LONG, _LONG_OID))


def packs(store_id: int, lines: pl.DataFrame, *, snapshot: int) -> Iterator[bytes]:
    """What `WRITE` takes.

    Args:
        store_id: Whose lines they are.
        lines: Columns as in `SHELF`, in the order of their numbers, each number once, none without a quantity.
        snapshot: The import that tells them.
    """
    numbers, on_hand = lines["upc"].to_numpy(), lines["qty"].to_numpy()
    prices = lines["price"].fill_null(NO_PRICE).to_numpy()
    full = len(numbers) // LINES * LINES
    yield _BEGIN
    for part, length in ((slice(full), LINES), (slice(full, None), len(numbers) - full)):
        if len(numbers[part]):
            yield _rows(store_id, (numbers[part], on_hand[part], prices[part]), length, snapshot)
    yield _END


def _rows(store_id: int, columns: tuple[NDArray[Any], ...], length: int, snapshot: int) -> bytes:
    rows = np.zeros(len(columns[0]) // length, dtype=_row(length))
    rows["fields"] = 6
    for name, value in (("store", store_id), ("snapshot", snapshot), ("first", columns[0][::length])):
        rows[name]["length"], rows[name]["value"] = _LONG["value"].itemsize, value
    for (name, kind, oid), values in zip(_COLUMNS, columns, strict=True):
        size = kind["value"].itemsize
        rows[name]["bytes"] = _HEAD + length * kind.itemsize
        rows[name]["head"] = 1, 0, oid, length, 1  # dimensions, whether it has nulls, of what, how many, from which on
        rows[name]["values"]["length"] = size
        rows[name]["values"]["value"] = values.reshape(-1, length)
    return rows.tobytes()


@lru_cache
def _row(length: int) -> np.dtype[Any]:
    """A row of so many lines in COPY's binary form."""
    arrays = [
        (name, np.dtype([("bytes", ">i4"), ("head", ">i4", (5,)), ("values", kind, (length,))]))
        for name, kind, _ in _COLUMNS
    ]
    return np.dtype([("fields", ">i2"), ("store", _LONG), ("first", _LONG), *arrays, ("snapshot", _LONG)])


def unpacked(told: tuple[Any, ...]) -> tuple[pl.DataFrame, int]:
    """The lines, columns as in `SHELF`, in the order of their numbers, and the import that told them.

    Args:
        told: What `READ` returned.
    """
    *texts, snapshot = told
    if snapshot is None:
        return pl.DataFrame(schema=SHELF), 0
    columns = [
        np.frombuffer(text, kind)["value"].astype(kind["value"].newbyteorder("="))
        for text, (_, kind, _) in zip(texts, _COLUMNS, strict=True)
    ]
    lines = pl.DataFrame(dict(zip(SHELF, columns, strict=True)), schema=SHELF)
    return lines.with_columns(price=pl.when(pl.col("price") != NO_PRICE).then("price")), snapshot
