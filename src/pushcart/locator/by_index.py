"""Searching in the memory of this process."""

from __future__ import annotations

from bisect import bisect_left
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np
from django.conf import settings

from pushcart.locator.index.chart import bits, microseconds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from numpy.typing import NDArray

    from pushcart.locator.found import Wanted
    from pushcart.locator.index.chart import Chart, Ring
    from pushcart.locator.index.shelves import Row
    from pushcart.locator.index.state import State
    from pushcart.locator.question import Question, Shelves
    from pushcart.locator.records import Product, Store
    from pushcart.locator.source import Batch

_DELIVERY = bits(["delivery"])
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

    async def nearest(self, question: Question) -> AsyncIterator[Batch]:
        chart, wanted = self._state.chart, question.wanted
        rows = [_known(self._state.shelves.of(int(upc)), chart) for upc in question.upcs]
        stocking = wanted.in_stock and bool(rows)
        slots = _all(rows) if stocking else chart.everywhere
        if wanted.store_ids is not None:
            slots = _among(slots, chart, wanted.store_ids)
        batch = wanted.offset + wanted.limit
        for ring in chart.rings(slots, wanted.place, wanted.within_km, chart.shown(question.retailers)):
            found = _narrowed(ring, chart, question) if stocking else ring
            for first in range(0, len(found.slots), batch):
                here = found.slots[first : first + batch]
                stores = [chart.stores[slot] for slot in here.tolist()]
                near = zip(stores, found.km[first : first + batch].tolist(), strict=True)
                yield [(store, km) for store, km in near if store], _shelves(question.upcs, rows, here, stores)


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


def _narrowed(ring: Ring, chart: Chart, question: Question) -> Ring:
    """Without those that can't be wanted: stale stock, or none of the paths. The rest is for `Question` to judge."""
    at, paths = microseconds(question.at), question.wanted.paths
    limit = timedelta(hours=settings.STOCK_MAX_AGE_HOURS) // timedelta(microseconds=1)
    fits = chart.fed_at[ring.slots] > at - limit
    if paths:
        offered = chart.offers[ring.slots] & bits(paths)
        if "delivery" in paths:
            offered &= np.where(ring.km > chart.radius[ring.slots], 255 ^ _DELIVERY, 255).astype(np.uint8)
        fits &= (offered > 0) & (chart.sells_from[ring.slots] <= at)
    return ring if fits.all() else type(ring)(ring.slots[fits], ring.km[fits])


def _shelves(upcs: tuple[str, ...], rows: list[Row], slots: NDArray[np.int32], stores: list[Store | None]) -> Shelves:
    shelves: Shelves = {}
    for upc, (among, qty, price) in zip(upcs, rows, strict=True):
        for slot, store in zip(slots.tolist(), stores, strict=True):
            at = bisect_left(among, slot)
            if at < len(among) and among[at] == slot and store:
                own = int(price[at])
                shelves[store.facts.store_id, upc] = int(qty[at]), None if own < 0 else own
    return shelves
