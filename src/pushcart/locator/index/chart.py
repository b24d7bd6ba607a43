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

from pushcart.locator.distance import EARTH_KM, chord, km_between, point, points
from pushcart.locator.gates import PATHS
from pushcart.locator.index.masks import Masks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from pushcart.locator.place import Place
    from pushcart.locator.records import Store

    # Of slots, and of their chords, which may be told.
    Fits = Callable[[NDArray[np.int32], NDArray[np.float64]], NDArray[np.bool_]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
NEVER = np.iinfo(np.int64).max  # in microseconds
_NOBODY = -1
_FIRST_KM = 10.0
_WIDER = 4.0
_FARTHEST = math.pi * EARTH_KM + 1
# So few are looked at all at once.
_FEW = 300
# Two stores whose chords differ by less may be equally near, to the millimetre: six of them, on a ball of radius 1.
_GAP = 1e-9
# What lies so near the edge of a circle is left to the next.
_EDGE = 1e-7

_Columns = tuple[float, float, int, int, int, int, float]


class Near(NamedTuple):
    """A store near by."""

    km: float
    id: int
    slot: int
    store: Store


class Chart:
    """The stores, by slot.

    Attributes:
        stores: None where nobody is any more.
        slot_of: By a store's id.
        company: Whose it is; -1 where it is closed or gone, so that it is nobody's to show.
        fed_at: Microseconds since 1970; -1: never.
        sells_from: From when on orders can be taken there; NEVER: something else stands in the way.
        offers: A bit for each of PATHS.
        reach: How far it delivers, as a chord.
        points: Where it is on a ball of radius 1.
        masks: What `narrowing` remembers of this chart.
    """

    def __init__(self, stores: Iterable[Store]) -> None:
        self.stores: list[Store | None] = sorted(stores, key=lambda store: (store.lat, store.id))  # type: ignore[union-attr]  # all are there
        self.sorted = len(self.stores)
        self.slot_of: dict[int, int] = {store.id: slot for slot, store in enumerate(self.stores) if store}
        columns = [_columns(store) for store in self.stores if store]
        self._set(columns)
        self.masks = Masks()

    def _set(self, columns: list[_Columns]) -> None:
        lat, lng, company, fed_at, sells_from, offers, reach = zip(*columns, strict=True) if columns else ((),) * 7
        self.lat = np.array(lat, dtype=np.float64)
        self.lng = np.array(lng, dtype=np.float64)
        self.company = np.array(company, dtype=np.int64)
        self.fed_at = np.array(fed_at, dtype=np.int64)
        self.sells_from = np.array(sells_from, dtype=np.int64)
        self.offers = np.array(offers, dtype=np.uint8)
        self.reach = np.array(reach, dtype=np.float64)
        self.points = points(self.lat, self.lng)

    @property
    def tail(self) -> int:
        """How many stand behind."""
        return len(self.stores) - self.sorted

    def changed(self, stores: Iterable[Store], gone: Iterable[int]) -> tuple[Chart, list[int]]:
        """The chart after these stores came, changed or went; and the ids of those that got a new slot."""
        new = object.__new__(Chart)
        new.stores, new.sorted, new.slot_of = list(self.stores), self.sorted, dict(self.slot_of)
        new.masks = Masks()
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
        self.points = np.zeros((len(self.stores), 3))
        self.points[: len(old.points)] = old.points
        self.points[slots] = points(self.lat[slots], self.lng[slots])

    def nearest(
        self, slots: NDArray[np.int32], place: Place, limit: float | None, batch: int, fits: Fits
    ) -> Iterator[list[Near]]:
        """Of `slots`, in order, those that fit and lie within about `limit` kilometres: a `batch` or more at once.

        They are looked for by their chords, which are cheap, in circles that widen: what lies within one is complete.
        A batch ends in a gap that no rounding closes, so that the true distances alone decide the order.
        """
        here, told = point(place.lat, place.lng), -1.0
        for radius, edge in _circles(len(slots), _FARTHEST if limit is None else limit):
            near, chords = self._by_chord(self._in_the_box(slots, place, radius), here, fits)
            begin, end = chords.searchsorted((told, edge)).tolist()
            while begin < end:
                until = _next_gap(chords, begin + batch)
                yield self._in_order(near[begin:until].tolist(), place)
                told, begin = float(chords[until - 1]) + _GAP / 2, until

    def _in_the_box(self, slots: NDArray[np.int32], place: Place, radius: float) -> NDArray[np.int32]:
        if radius >= _FARTHEST:
            return slots
        behind = bisect_left(slots, self.sorted) if self.tail else len(slots)
        angle = radius / EARTH_KM + 1e-9
        lat = math.radians(place.lat)
        south, north = lat - angle, lat + angle
        edges = self.lat[: self.sorted].searchsorted((math.degrees(south), math.degrees(north)))
        # numpy would make the long column as wide as its default numbers first.
        first, last = slots[:behind].searchsorted(edges.astype(np.int32)).tolist()
        band = slots[first:last]
        if len(band) > _FEW and -math.pi / 2 < south and north < math.pi / 2:
            wide = math.degrees(math.asin(math.sin(angle) / math.cos(lat)))
            off = np.abs(self.lng[band] - place.lng)
            band = band[(off <= wide) | (off >= 360 - wide)]
        return np.concatenate((band, slots[behind:])) if behind < len(slots) else band

    def _by_chord(
        self, near: NDArray[np.int32], here: tuple[float, float, float], fits: Fits
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        away = self.points.take(near, axis=0)
        away -= here
        chords = np.sqrt(np.einsum("ij,ij->i", away, away))
        fitting = fits(near, chords)
        if not fitting.all():
            near, chords = near[fitting], chords[fitting]
        order = chords.argsort()
        return near[order], chords[order]

    def _in_order(self, slots: list[int], place: Place) -> list[Near]:
        return sorted(
            Near(round(km_between(place.lat, place.lng, store.lat, store.lng), 6), store.facts.store_id, slot, store)
            for slot in slots
            if (store := self.stores[slot])
        )

    @cached_property
    def everywhere(self) -> NDArray[np.int32]:
        """Every slot."""
        return np.arange(len(self.stores), dtype=np.int32)

    @property
    def nbytes(self) -> int:
        """Of its columns; the stores' own rows are not counted."""
        return self.points.nbytes + sum(int(getattr(self, name).nbytes) for name in _NAMES)


_NAMES = ("lat", "lng", "company", "fed_at", "sells_from", "offers", "reach")


def _circles(count: int, limit: float) -> Iterator[tuple[float, float]]:
    """Radii in kilometres, and up to which chord what is found within each is told."""
    radius = limit if count <= _FEW else _FIRST_KM
    while count and radius < limit:
        yield radius, chord(radius) - _EDGE
        radius *= _WIDER
    if count:
        yield limit, chord(limit) + _GAP


def _next_gap(chords: NDArray[np.float64], at: int) -> int:
    """Where from there on two chords in a row differ for sure."""
    many = len(chords)
    while at < many and chords[at] - chords[at - 1] <= _GAP:
        at += 1
    return min(at, many)


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
    return store.lat, store.lng, company, fed_at, sells_from, bits(store.offers), chord(store.delivery_radius_km)
