"""Reading the whole network, and where in the stream of changes that stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pushcart.locator.index.chart import Chart
from pushcart.locator.index.shelves import Shelves, narrow
from pushcart.locator.records import STORES, store_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncpg import Connection
    from numpy.typing import NDArray

_STORES_AT_ONCE = 1000
# COPY's binary form: 19 bytes of head; then for each row the number of fields, and for each field its length and bytes.
_HEAD = 19
_ROW = np.dtype([
    ("fields", ">i2"),
    ("_upc", ">i4"), ("upc", ">i8"),
    ("_store", ">i4"), ("store", ">i8"),
    ("_qty", ">i4"), ("qty", ">i4"),
    ("_price", ">i4"), ("price", ">i8"),
])  # fmt: skip
_PARSED_AT_ONCE = 4_000_000  # bytes

_STOCK = """
SELECT upc::bigint, store_id::bigint, qty::int, coalesce(price, -1)::bigint FROM inventory_sellable WHERE qty > 0
"""
DEALERS = "SELECT brand_id, array_agg(retailer_id) FROM companies_dealer WHERE authorized GROUP BY brand_id"


async def load(connection: Connection[Any]) -> tuple[str, Chart, Shelves, dict[int, frozenset[int]]]:
    """All stores, stock and dealers of one moment, and PostgreSQL's snapshot of it: what came later is news."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        snapshot: str = await connection.fetchval("SELECT pg_current_snapshot()::text")
        chart = Chart([store_of(row) async for row in connection.cursor(STORES, prefetch=_STORES_AT_ONCE)])
        dealers = {brand: frozenset(retailers) for brand, retailers in await connection.fetch(DEALERS)}
        reading = _Reading(chart)
        await connection.copy_from_query(_STOCK, output=reading.take, format="binary")
    return snapshot, chart, reading.shelves(), dealers


class _Reading:
    """Rows as they come in."""

    def __init__(self, chart: Chart) -> None:
        slot_of = sorted(chart.slot_of.items())
        self._ids = np.array([store_id for store_id, _ in slot_of], dtype=np.int64)
        self._slots = np.array([slot for _, slot in slot_of], dtype=np.int32)
        self._pending = bytearray()
        self._begun = False
        self._columns: tuple[list[NDArray[Any]], ...] = ([], [], [], [])

    async def take(self, data: bytes) -> None:
        self._pending += data
        if len(self._pending) >= _PARSED_AT_ONCE:
            self._parse()

    def shelves(self) -> Shelves:
        self._parse()
        kinds = (np.int64, np.int32, np.int32, np.int64)
        whole = []
        for column, kind in zip(self._columns, kinds, strict=True):
            whole.append(np.concatenate(column) if column else np.array([], dtype=kind))
            column.clear()
        return Shelves(*whole)

    def _parse(self) -> None:
        if not self._begun:
            del self._pending[:_HEAD]
            self._begun = True
        count = len(self._pending) // _ROW.itemsize
        rows = np.frombuffer(bytes(self._pending[: count * _ROW.itemsize]), dtype=_ROW)
        del self._pending[: count * _ROW.itemsize]
        if not count:
            return
        at = self._ids.searchsorted(rows["store"])
        fresh: Iterable[NDArray[Any]] = (
            rows["upc"].astype(np.int64),
            self._slots[at],
            rows["qty"].astype(np.int32),
            narrow(rows["price"].astype(np.int64)),
        )
        for column, values in zip(self._columns, fresh, strict=True):
            column.append(values)
