"""Searching in the memory of this process."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Literal

import numpy as np

from pushcart.locator.index.narrowing import narrowing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from pushcart.locator.found import Wanted
    from pushcart.locator.index.chart import Chart, Near
    from pushcart.locator.index.shelves import Row
    from pushcart.locator.index.state import State
    from pushcart.locator.page import Page
    from pushcart.locator.question import Shelves
    from pushcart.locator.records import Product

_NO_DEALERS = frozenset[int]()


class ByIndex:
    """A source that reads one state of the index: nothing changes under a search."""

    name: Literal["index"] = "index"

    def __init__(self, state: State) -> None:
        self._state = state

    async def products(self, wanted: Wanted) -> dict[str, Product]:
        return await self._state.products.wanted(wanted)

    async def dealers(self, brands: Iterable[int]) -> dict[int, frozenset[int]]:
        known = self._state.dealers
        return {brand: known.get(brand, _NO_DEALERS) for brand in brands}

    def stocking(self, upcs: Iterable[str]) -> list[int]:
        """The ids of all stores that have any of these products."""
        chart = self._state.chart
        rows = [_known(self._state.shelves.of(int(upc)), chart) for upc in upcs]
        stores = [chart.stores[slot] for slot in _all(rows).tolist()]
        return [store.id for store in stores if store]

    async def fill(self, page: Page) -> None:
        question, chart = page.question, self._state.chart
        wanted = question.wanted
        rows = [_known(self._state.shelves.of(int(upc)), chart) for upc in question.upcs]
        slots = _all(rows) if wanted.in_stock and rows else chart.everywhere
        if wanted.store_ids is not None:
            slots = _among(slots, chart, wanted.store_ids)
        if not len(slots):
            return
        batch = wanted.offset + wanted.limit
        for near in chart.nearest(slots, wanted.place, wanted.within_km, batch, narrowing(chart, question)):
            shelves = _shelves(question.upcs, rows, near)
            for km, _, _, store in near:
                page.take(store, km, shelves)
                if page.is_full:
                    return


def _known(row: Row, chart: Chart) -> Row:
    """Without stores that came after this chart was drawn."""
    if not len(row.slots) or row.slots[-1] < len(chart.stores):
        return row
    known = bisect_left(row.slots, len(chart.stores))
    return row._replace(slots=row.slots[:known], qty=row.qty[:known], price=row.price[:known])


def _all(rows: list[Row]) -> NDArray[np.int32]:
    return rows[0].slots if len(rows) == 1 else np.unique(np.concatenate([row.slots for row in rows]))


def _among(slots: NDArray[np.int32], chart: Chart, store_ids: Iterable[int]) -> NDArray[np.int32]:
    named = [chart.slot_of[store_id] for store_id in store_ids if store_id in chart.slot_of]
    return np.intersect1d(slots, np.array(named, dtype=np.int32))


def _shelves(upcs: tuple[str, ...], rows: list[Row], near: list[Near]) -> Shelves:
    shelves: Shelves = {}
    slots = np.array([store.slot for store in near], dtype=np.int32)
    for upc, (among, qty, price) in zip(upcs, rows, strict=True):
        for at, store in zip(among.searchsorted(slots).tolist(), near, strict=True):
            if at < len(among) and among[at] == store.slot:
                own = int(price[at])
                shelves[store.id, upc] = int(qty[at]), None if own < 0 else own
    return shelves
