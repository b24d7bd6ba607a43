"""Searching in the database: a box around the place, widened until it holds enough."""

from __future__ import annotations

import math
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from pushcart.locator.distance import EARTH_KM, kilometres
from pushcart.locator.found import MOST_PRODUCTS
from pushcart.locator.records import PRODUCTS, STORES, product_of, store_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Sequence

    from asyncpg import Pool

    from pushcart.locator.found import Wanted
    from pushcart.locator.page import Page
    from pushcart.locator.place import Place
    from pushcart.locator.question import Question, Shelves
from pushcart.locator.records import Product, Store

# Stores with their distances in kilometres, and what stands on their shelves.
_Batch = tuple[list[tuple["Store", float]], "Shelves"]

_FIRST_KM = 10.0
_WIDER = 4.0
_FARTHEST = math.pi * EARTH_KM + 1
_BATCH = 50

# $1 UPCs, $2 brand, $3 style, $4 color
_PRODUCTS = f"""{PRODUCTS}
WHERE product.upc = ANY($1) OR (
    ($3 <> '' OR $4 <> '') AND product.brand_id = $2
    AND ($3 = '' OR product.style = $3) AND ($4 = '' OR lower(product.color) = $4)
)
ORDER BY array_position($1, product.upc::text), product.upc
LIMIT {MOST_PRODUCTS}
"""
_DEALERS = "SELECT brand_id, retailer_id FROM companies_dealer WHERE authorized AND brand_id = ANY($1)"

_IN_THE_BOX = """
    store.lat BETWEEN $1 AND $2 AND (store.lng BETWEEN $3 AND $4 OR store.lng BETWEEN $5 AND $6)
    AND store.company_id = ANY($7) AND NOT store.closed AND ($8::bigint[] IS NULL OR store.id = ANY($8))
"""
# What narrows is only what has to hold of a store that is found; whether it is, `Question` decides.
_SHOWN = f"SELECT store.id, store.lat, store.lng FROM stores_store store WHERE {_IN_THE_BOX}"  # noqa: S608 texts of ours
_STOCKING = f"""{_SHOWN}
AND EXISTS (SELECT FROM inventory_sellable_lines(store.id, $9::text[]) line WHERE line.qty > 0)
"""
_STORES = f"{STORES} WHERE store.id = ANY($1)"
_SHELVES = """
SELECT store.id AS store_id, line.upc, line.qty, line.price
FROM unnest($1::bigint[]) AS store (id) CROSS JOIN LATERAL inventory_sellable_lines(store.id, $2::text[]) line
WHERE line.qty > 0
"""


class BySql:
    """A source that asks the database each time."""

    name: Literal["sql"] = "sql"

    def __init__(self, pool: Pool[Any]) -> None:
        self._pool = pool

    async def products(self, wanted: Wanted) -> dict[str, Product]:
        if not wanted.upcs and not wanted.by_what_it_bears:
            return {}
        rows = await self._pool.fetch(_PRODUCTS, list(wanted.upcs), wanted.brand_id, wanted.style, wanted.color)
        return {row["upc"]: product_of(row) for row in rows}

    async def dealers(self, brands: Iterable[int]) -> dict[int, frozenset[int]]:
        shown: dict[int, set[int]] = {}
        for row in await self._pool.fetch(_DEALERS, list(brands)):
            shown.setdefault(row["brand_id"], set()).add(row["retailer_id"])
        return {brand: frozenset(retailers) for brand, retailers in shown.items()}

    async def fill(self, page: Page) -> None:
        async with aclosing(self._nearest(page.question)) as batches:
            async for stores, shelves in batches:
                for store, km in stores:
                    page.take(store, km, shelves)
                    if page.is_full:
                        return

    async def _nearest(self, question: Question) -> AsyncGenerator[_Batch]:
        limit = _FARTHEST if question.wanted.within_km is None else question.wanted.within_km
        told, radius = 0.0, _FIRST_KM
        while radius < limit:
            async for batch in self._ring(question, told, radius):
                yield batch
            told, radius = radius, radius * _WIDER
        async for batch in self._ring(question, told, limit):
            yield batch

    async def _ring(self, question: Question, told: float, radius: float) -> AsyncGenerator[_Batch]:
        """What lies within the radius, without what lies in the rings before."""
        ring = [
            found
            for found in await self._within(question, radius)
            if told < found.km <= radius or found.km == told == 0.0
        ]
        for first in range(0, len(ring), _BATCH):
            yield await self._batch(ring[first : first + _BATCH], question.upcs)

    async def _within(self, question: Question, radius: float) -> list[_Candidate]:
        wanted = question.wanted
        stores = None if wanted.store_ids is None else list(wanted.store_ids)
        values = [*_box(wanted.place, radius), list(question.retailers), stores]
        if wanted.in_stock and question.upcs:
            rows = await self._pool.fetch(_STOCKING, *values, list(question.upcs))
        else:
            rows = await self._pool.fetch(_SHOWN, *values)
        return _sorted(wanted.place, rows)

    async def _batch(self, ring: Sequence[_Candidate], upcs: tuple[str, ...]) -> _Batch:
        ids = [candidate.id for candidate in ring]
        stores = {row["id"]: store_of(row) for row in await self._pool.fetch(_STORES, ids)}
        shelves: Shelves = {}
        if upcs:
            for row in await self._pool.fetch(_SHELVES, ids, list(upcs)):
                shelves[row["store_id"], row["upc"]] = row["qty"], row["price"]
        # One that was deleted a moment ago has no row.
        return [(stores[c.id], c.km) for c in ring if c.id in stores], shelves


class _Candidate(NamedTuple):
    km: float
    id: int


def _sorted(place: Place, rows: Sequence[Any]) -> list[_Candidate]:
    lats, lngs = (np.array([row[name] for row in rows], dtype=np.float64) for name in ("lat", "lng"))
    distances = kilometres(place.lat, place.lng, lats, lngs).tolist()
    return sorted(_Candidate(km, row["id"]) for km, row in zip(distances, rows, strict=True))


def _box(place: Place, radius: float) -> tuple[float, ...]:
    """Latitudes from and to, and longitudes twice from and to: a box over the date line has two parts."""
    angle = radius / EARTH_KM + 1e-9
    lat = math.radians(place.lat)
    south, north = lat - angle, lat + angle
    if south <= -math.pi / 2 or north >= math.pi / 2:
        return math.degrees(south), math.degrees(north), -180.0, 180.0, -180.0, 180.0
    wide = math.degrees(math.asin(math.sin(angle) / math.cos(lat)))
    west, east = place.lng - wide, place.lng + wide
    over = (west + 360, 180.0) if west < -180 else (-180.0, east - 360) if east > 180 else (west, east)  # noqa: PLR2004 degrees
    return math.degrees(south), math.degrees(north), west, east, *over
