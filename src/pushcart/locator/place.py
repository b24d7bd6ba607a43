"""Where a shopper is: by coordinates, a postcode or a city, from data that the installation carries (decision 0100)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from pushcart.locator.places import britain, canada, gazetteer
from pushcart.locator.postcodes import middle_of

if TYPE_CHECKING:
    from pushcart.locator.places.gazetteer import Entry

_COORDINATES = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*", re.ASCII)
_ZIP = re.compile(r"\d{5}(?:-?\d{4})?", re.ASCII)
_FSA = re.compile(r"([ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z])(?: ?\d[ABCEGHJ-NPRSTV-Z]\d)?", re.ASCII)  # Canada's
_BRITISH = re.compile(r"([A-Z]{1,2})\d[A-Z\d]?(?: ?\d[A-Z]{2})?", re.ASCII)
_WITH_DIGITS = re.compile(r"\b\w*\d[\w-]*")
_ZIP_BEGUN = re.compile(r"\d{2,5}", re.ASCII)
_LONGEST = 100
# Coordinates get the name of what lies at most so far away.
_NAMED_WITHIN_KM = 40.0
_ITS_CITY_WITHIN_KM = 10.0


class PlaceError(ValueError):
    """No such place; the message is a sentence that says why and what may be given instead."""


class Place(NamedTuple):
    """A point on earth, and what is known of it.

    Attributes:
        lat: Degrees, north positive.
        lng: Degrees, east positive.
        source: `coordinates`, `postcode` or `city`: what it was found by.
        city: With `state` (a two-letter code in the US and Canada, else empty) and `country` (ISO 3166-1, two letters).
        postcode: Of the US, and the first half of Canada's; empty elsewhere.
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
        text: Whatever a shopper wrote: "30.27,-97.74", "78701", "Austin, TX", "10115 Berlin", "M5V 2T6", "lyon".
        postcode: Of the US, of Canada, or of Britain, which means its area's town (decision 0100).
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
    place = _postcode(postcode, country)
    if place is None:
        raise PlaceError(f"The postcode {postcode.strip()[:20]!r} is not known here: give a city, or lat and lng.")
    return place


def _postcode(postcode: str, country: str) -> Place | None:
    """The place of a postcode; of any of the countries whose postcodes are known, where none is named."""
    postcode, country = postcode.strip().upper(), country.upper()
    for countries, of in ((("", "US"), _american), (("", "CA"), _canadian), (("", "GB", "UK"), _british)):
        place = of(postcode) if country in countries else None
        if place:
            return place
    return None


def _american(postcode: str) -> Place | None:
    middle = middle_of(postcode, "US")
    if middle is None:
        return None
    entry = gazetteer.postcode(postcode[:5])
    place = _place(entry, "postcode") if entry else Place(*middle, source="postcode", country="US")
    return place._replace(lat=middle[0], lng=middle[1])


def _canadian(postcode: str) -> Place | None:
    match = _FSA.fullmatch(postcode)
    middle = canada.middles().get(match[1]) if match else None
    if match is None or middle is None:
        return None
    town = gazetteer.largest(*middle, _ITS_CITY_WITHIN_KM, "CA") or gazetteer.largest(*middle, _NAMED_WITHIN_KM, "CA")
    city, state = (town.city, town.state) if town else ("", "")
    return Place(*middle, "postcode", city, state, "CA", match[1])


def _british(postcode: str) -> Place | None:
    match = _BRITISH.fullmatch(postcode)
    town = britain.TOWNS.get(match[1]) if match else None
    entry = gazetteer.city(town, country="GB") if town else None
    # It is the town that is known, not where in it the postcode lies.
    return _place(entry, "city") if entry else None


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
    place = _postcode(text, country)
    if place:
        return place
    name, *regions = (part.strip() for part in text.split(","))
    if _WITH_DIGITS.search(text):
        return _by_both(text, country)
    return _in_region(name, regions, country)


def _in_region(name: str, regions: list[str], country: str) -> Place:
    for abroad in (False, True):
        state, of = gazetteer.region(regions, abroad=abroad)
        entry = gazetteer.city(name, state, of or country)
        if entry:
            return _place(entry, "city")
    state, of = gazetteer.region(regions)
    return _by_city(name, state, of or country)


def _by_both(text: str, country: str) -> Place:
    """A postcode and a city: "78701 Austin", "10115 Berlin, DE", "Toronto, ON M5V 2T6", "London SW1A 1AA".

    Where the postcode is known and lies in that city or state it says it best; else the city counts.
    """
    name, *regions = (" ".join(_WITH_DIGITS.sub(" ", part).split()) for part in text.split(","))
    regions = [region for region in regions if region]
    code = " ".join(_WITH_DIGITS.findall(text))
    if not name:
        return _by_postcode(code, country)
    place = _postcode(code, country)
    if place and (
        place.country == "CA"
        or gazetteer.fold(place.city) == gazetteer.fold(name)
        or (place.state and place.state == gazetteer.region(regions)[0])
    ):
        return place
    return _in_region(name, regions, country)


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
