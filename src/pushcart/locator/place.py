"""Where a shopper is: by coordinates, a postcode or a city, from data that the installation carries (decision 0100)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from pushcart.locator.places import gazetteer
from pushcart.locator.postcodes import middle_of

if TYPE_CHECKING:
    from pushcart.locator.places.gazetteer import Entry

_COORDINATES = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*", re.ASCII)
_ZIP = re.compile(r"\d{5}(?:-?\d{4})?", re.ASCII)
_ZIP_BEGUN = re.compile(r"\d{2,5}", re.ASCII)
_LONGEST = 100
# Coordinates get the name of what lies at most so far away.
_NAMED_WITHIN_KM = 40.0


class PlaceError(ValueError):
    """No such place; the message is a sentence that says why and what may be given instead."""


class Place(NamedTuple):
    """A point on earth, and what is known of it.

    Attributes:
        lat: Degrees, north positive.
        lng: Degrees, east positive.
        source: `coordinates`, `postcode` or `city`: what it was found by.
        city: With `state` (a two-letter code in the US and Canada, else empty) and `country` (ISO 3166-1, two letters).
        postcode: Of the US; empty elsewhere.
    """

    lat: float
    lng: float
    source: str = "coordinates"
    city: str = ""
    state: str = ""
    country: str = ""
    postcode: str = ""

    @classmethod
    def at(cls, lat: float, lng: float) -> Place:
        """The point alone, without a name.

        Raises:
            PlaceError: it lies nowhere on earth.
        """
        if not (math.isfinite(lat) and math.isfinite(lng) and abs(lat) <= 90 and abs(lng) <= 180):  # noqa: PLR2004 degrees
            raise PlaceError(f"{lat:g}, {lng:g} lies nowhere on earth: lat is from -90 to 90, lng from -180 to 180.")
        return cls(lat, lng)

    @property
    def label(self) -> str:
        """As people write it: "Austin, TX", "Lyon, FR"; the coordinates where no name is known."""
        if not self.city:
            return f"{self.lat:.4f}, {self.lng:.4f}"
        return f"{self.city}, {self.state or self.country}"


def find_place(
    text: str = "",
    *,
    postcode: str = "",
    city: str = "",
    state: str = "",
    country: str = "",
    lat: float | None = None,
    lng: float | None = None,
) -> Place:
    """The place that is meant. Coordinates win over a postcode, that over a city, that over `text`.

    Args:
        text: Whatever a shopper wrote: "30.27,-97.74", "78701", "Austin, TX", "Lyon, FR", "lyon".
        postcode: Of the US alone (decision 0100).
        city: Of the cities of this name in `state` and `country` the largest.
        state: Two letters, US and Canada.
        country: ISO 3166-1, two letters; empty: any country for a city, the US for a postcode.
        lat: Degrees; with `lng`. The nearest town's name is added.
        lng: Degrees.

    Raises:
        PlaceError: nothing was given, it is unknown, or it lies nowhere on earth.
    """
    if lat is not None or lng is not None:
        return _at(lat, lng)
    if postcode:
        return _by_postcode(postcode, country or "US")
    if city:
        return _by_city(city, state, country)
    return _by_text(text, country)


def suggest(text: str, *, limit: int = 8) -> list[Place]:
    """The places that may be meant by what was typed so far, the likeliest first: postcodes by digits, else cities."""
    text = text.strip()[:_LONGEST]
    if _ZIP_BEGUN.fullmatch(text):
        return [_place(entry, "postcode") for entry in gazetteer.postcodes_from(text, limit)]
    name, _, region = text.partition(",")
    return [_place(entry, "city") for entry in gazetteer.cities_from(name, region, limit)]


def _at(lat: float | None, lng: float | None) -> Place:
    if lat is None or lng is None:
        raise PlaceError("lat and lng come together.")
    place = Place.at(lat, lng)
    entry = gazetteer.nearest(lat, lng, _NAMED_WITHIN_KM)
    if entry is None:
        return place
    return _place(entry, "coordinates")._replace(lat=lat, lng=lng)


def _by_postcode(postcode: str, country: str) -> Place:
    postcode = postcode.strip()
    middle = middle_of(postcode, country.upper())
    if middle is None:
        raise PlaceError(f"The postcode {postcode[:20]!r} is not known here: give a city, or lat and lng.")
    entry = gazetteer.postcode(postcode[:5])
    place = _place(entry, "postcode") if entry else Place(*middle, source="postcode", country="US")
    return place._replace(lat=middle[0], lng=middle[1])


def _by_city(city: str, state: str, country: str) -> Place:
    entry = gazetteer.city(city[:_LONGEST], state, country)
    if entry is None:
        named = ", ".join(filter(None, (city[:_LONGEST], state, country)))
        raise PlaceError(f"The city {named!r} is not known here: give a US postcode, or lat and lng.")
    return _place(entry, "city")


def _by_text(text: str, country: str) -> Place:
    text = text.strip()[:_LONGEST]
    if not text:
        raise PlaceError("Where? Give lat and lng, a US postcode or a city.")
    point = _COORDINATES.fullmatch(text)
    if point:
        return _at(float(point[1]), float(point[2]))
    if _ZIP.fullmatch(text) and country.upper() in {"", "US"}:
        return _by_postcode(text, "US")
    name, *regions = (part.strip() for part in text.split(","))
    for region in regions[::-1]:
        # "Austin, TX 78701": the postcode says it best.
        if _ZIP.fullmatch(region.rpartition(" ")[2]) and country.upper() in {"", "US"}:
            return _by_postcode(region.rpartition(" ")[2], "US")
    state, of = gazetteer.region(regions)
    return _by_city(name, state, of or country)


def _place(entry: Entry, source: str) -> Place:
    return Place(
        lat=entry.lat,
        lng=entry.lng,
        source=source,
        city=entry.city,
        state=entry.state,
        country=entry.country,
        postcode=entry.postcode,
    )
