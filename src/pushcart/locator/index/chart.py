"""Where the stores are: each has a slot, which grows with its latitude, and the columns that a search narrows by.

Those that came or moved since all were read stand behind, in the tail, in no order. A chart never changes: a new one
takes its place.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pushcart.locator.distance import EARTH_KM, kilometres
from pushcart.locator.gates import PATHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from pushcart.locator.place import Place
    from pushcart.locator.records import Store

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
NEVER = np.iinfo(np.int64).max  # in microseconds
_NOBODY = -1
_FIRST_KM = 10.0
_WIDER = 4.0
_FARTHEST = math.pi * EARTH_KM + 1
# So few are looked at all at once.
_FEW = 300


_Columns = tuple[float, float, int, int, int, int, float]


class Ring(NamedTuple):
    """Slots that lie between two circles around a place, the nearest first, and their distances."""

    slots: NDArray[np.int32]
    km: NDArray[np.float64]


class Chart:
    """The stores, by slot.

    Attributes:
        stores: None where nobody is any more.
        slot_of: By a store's id.
        company: Whose it is; -1 where it is closed or gone, so that it is nobody's to show.
        fed_at: Microseconds since 1970; -1: never.
        sells_from: From when on orders can be taken there; NEVER: something else stands in the way.
        offers: A bit for each of PATHS.
        radius: Kilometres that it delivers.
    """

    def __init__(self, stores: Iterable[Store]) -> None:
        self.stores: list[Store | None] = sorted(stores, key=lambda store: (store.lat, store.id))  # type: ignore[union-attr]  # all are there
        self.sorted = len(self.stores)
        self.slot_of: dict[int, int] = {store.id: slot for slot, store in enumerate(self.stores) if store}
        columns = [_columns(store) for store in self.stores if store]
        self._set(columns)
        self._shown: dict[frozenset[int], NDArray[np.bool_]] = {}

    def _set(self, columns: list[_Columns]) -> None:
        lat, lng, company, fed_at, sells_from, offers, radius = zip(*columns, strict=True) if columns else ((),) * 7
        self.lat = np.array(lat, dtype=np.float64)
        self.lng = np.array(lng, dtype=np.float64)
        self.company = np.array(company, dtype=np.int64)
        self.fed_at = np.array(fed_at, dtype=np.int64)
        self.sells_from = np.array(sells_from, dtype=np.int64)
        self.offers = np.array(offers, dtype=np.uint8)
        self.radius = np.array(radius, dtype=np.float64)

    @property
    def tail(self) -> int:
        """How many stand behind."""
        return len(self.stores) - self.sorted

    def changed(self, stores: Iterable[Store], gone: Iterable[int]) -> tuple[Chart, list[int]]:
        """The chart after these stores came, changed or went; and the ids of those that got a new slot."""
        new = object.__new__(Chart)
        new.stores, new.sorted, new.slot_of = list(self.stores), self.sorted, dict(self.slot_of)
        new._shown = {}
        columns: dict[int, _Columns] = {}
        moved: list[int] = []
        for store in stores:
            slot = new.slot_of.get(store.id)
            before = None if slot is None else new.stores[slot]
            if before is None or slot is None or (before.lat, before.lng) != (store.lat, store.lng):
                if slot is not None:
                    new._leave(slot, columns)
                slot = new.slot_of[store.id] = len(new.stores)
                new.stores.append(None)
                moved.append(store.id)
            new.stores[slot] = store
            columns[slot] = _columns(store)
        for store_id in gone:
            slot = new.slot_of.pop(store_id, None)
            if slot is not None:
                new._leave(slot, columns)
        new._take_over(self, columns)
        return new, moved

    def _leave(self, slot: int, columns: dict[int, _Columns]) -> None:
        was = self.stores[slot]
        self.stores[slot] = None
        lat, lng = (was.lat, was.lng) if was else (0.0, 0.0)
        columns[slot] = (lat, lng, _NOBODY, -1, NEVER, 0, 0.0)

    def _take_over(self, old: Chart, columns: dict[int, _Columns]) -> None:
        slots = np.array(list(columns), dtype=np.int64)
        fresh = list(zip(*columns.values(), strict=True)) if columns else [()] * 7
        for name, values in zip(_NAMES, fresh, strict=True):
            before: NDArray[np.generic] = getattr(old, name)
            column = np.zeros(len(self.stores), dtype=before.dtype)
            column[: len(before)] = before
            column[slots] = values
            setattr(self, name, column)

    def shown(self, retailers: frozenset[int]) -> NDArray[np.bool_]:
        """Which slots are stores of these retailers."""
        mask = self._shown.get(retailers)
        if mask is None:
            mask = np.isin(self.company, np.fromiter(retailers, dtype=np.int64, count=len(retailers)))
            self._shown[retailers] = mask
        return mask

    def rings(
        self, slots: NDArray[np.int32], place: Place, limit: float | None, shown: NDArray[np.bool_]
    ) -> Iterator[Ring]:
        """What lies within `limit` kilometres of the place, ring by ring: of `slots`, in order, those `shown`."""
        limit = _FARTHEST if limit is None else limit
        told, radius = -1.0, limit if len(slots) <= _FEW else min(_FIRST_KM, limit)
        behind = bisect_left(slots, self.sorted) if self.tail else len(slots)
        while True:
            near = self._in_the_box(slots[:behind], place, radius)
            if behind < len(slots):
                near = np.concatenate((near, slots[behind:]))
            near = near[shown[near]]
            km = kilometres(place.lat, place.lng, self.lat[near], self.lng[near])
            within = km <= radius
            if told >= 0:
                within &= km > told
            if not within.all():
                near, km = near[within], km[within]
            if len(near):
                yield self._in_order(near, km)
            if radius >= limit:
                return
            told, radius = radius, min(radius * _WIDER, limit)

    def _in_the_box(self, slots: NDArray[np.int32], place: Place, radius: float) -> NDArray[np.int32]:
        angle = radius / EARTH_KM + 1e-9
        lat = math.radians(place.lat)
        south, north = lat - angle, lat + angle
        lats = self.lat[: self.sorted]
        first, last = lats.searchsorted((math.degrees(south), math.degrees(north))).tolist()
        # numpy would make the long column as wide as its default numbers first.
        band = slots[bisect_left(slots, first) : bisect_left(slots, last)]
        if len(band) <= _FEW or south <= -math.pi / 2 or north >= math.pi / 2:
            return band
        wide = math.degrees(math.asin(math.sin(angle) / math.cos(lat)))
        off = np.abs(self.lng[band] - place.lng)
        return band[(off <= wide) | (off >= 360 - wide)]

    def _in_order(self, near: NDArray[np.int32], km: NDArray[np.float64]) -> Ring:
        order = km.argsort(kind="stable")
        near, km = near[order], km[order]
        if len(km) > 1 and (km[1:] == km[:-1]).any():
            ids = np.array([store.id if (store := self.stores[slot]) else 0 for slot in near.tolist()])
            order = np.lexsort((ids, km))
            near, km = near[order], km[order]
        return Ring(near, km)

    @cached_property
    def everywhere(self) -> NDArray[np.int32]:
        """Every slot."""
        return np.arange(len(self.stores), dtype=np.int32)

    @property
    def nbytes(self) -> int:
        """Of its columns; the stores' own rows are not counted."""
        return sum(getattr(self, name).nbytes for name in _NAMES)


_NAMES = ("lat", "lng", "company", "fed_at", "sells_from", "offers", "radius")


def microseconds(at: datetime) -> int:
    """Since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def bits(paths: Iterable[str]) -> int:
    """A bit for each of PATHS."""
    return sum(1 << PATHS.index(path) for path in paths)


def _columns(store: Store) -> _Columns:
    facts = store.facts
    fed_at = -1 if facts.fed_at is None else microseconds(facts.fed_at)
    company = _NOBODY if facts.closed else facts.company_id
    taxed = facts.taxed_from
    sells_from = microseconds(taxed) if taxed is not None and store.standing(taxed).standard else NEVER
    return store.lat, store.lng, company, fed_at, sells_from, bits(store.offers), store.delivery_radius_km
