"""GET /headless/api/1.0/product/locate: the nearest stores that have a product, for a brand's page or server."""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING, Any

import orjson

from pushcart.edge.answers import Ready
from pushcart.edge.headless.answers import NO_ACCESS, HeadlessError
from pushcart.edge.headless.caller import brand_of
from pushcart.edge.headless.found_store import found_store
from pushcart.locator.distance import UNITS
from pushcart.locator.place import Place, PlaceError, find_place
from pushcart.locator.search import SearchError, search

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from pushcart.locator.found import Found, Unit

_STORES = 3  # unless more are asked for, as at the live service
_MOST_STORES = 100
_MOST_UPCS = 50
_HEADERS = [(b"cache-control", b"no-store"), (b"content-type", b"application/json")]
_WRITTEN = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
# The live service's word for it and ours; no store ships ("ship to store"): what asks for that alone finds none.
_PATHS = {
    "bopis": "bopis",
    "ropis": "ropis",
    "sdd": "delivery",
    "delivery": "delivery",
    "curbside": "curbside",
    "sts": None,
}

_MALFORMED = 422


async def product_locate(request: Request) -> Response:
    """Without `company_id` it is the caller's own.

    Raises:
        HeadlessError: with status 200 what is amiss with the question, as the public SDK reads it best; see `brand_of`.
    """
    brand = await brand_of(request)
    query = _query(request)
    try:
        asked = _asked(query, brand.id)
        found = await search(request.app.state.locator, await _place(query), **asked)
    except (PlaceError, SearchError) as error:
        raise HeadlessError(str(error), _MALFORMED) from None
    return Ready(_body(found, asked["unit"]), _HEADERS)


def _query(request: Request) -> Mapping[str, str]:
    """The parameters: plain ones are split at once, which is a fifth of an answer's time sooner."""
    text = request.scope["query_string"]
    if b"%" in text or b"+" in text:
        return request.query_params
    pairs = (pair.partition("=") for pair in text.decode("latin-1").split("&"))
    return {name: value for name, _, value in pairs}


def _asked(query: Mapping[str, str], brand_id: int) -> dict[str, Any]:
    company = query.get("company_id", str(brand_id))
    if company != str(brand_id):
        raise HeadlessError(f"This caller has no access to company {company[:20]}.", NO_ACCESS)
    upcs = [upc for upc in query.get("upc", "").split(",") if upc.strip()]
    style, color = query.get("style", ""), query.get("color", "")
    if not (upcs or style or color):
        raise SearchError("Which product? Give upc, style or color.")
    if len(upcs) > _MOST_UPCS:
        raise SearchError(f"At most {_MOST_UPCS} UPCs at once.")
    unit = query.get("unit") or query.get("map_distance_unit") or "mi"
    if unit not in UNITS:
        raise SearchError(f"{unit[:20]!r} is no unit: those are mi and km.")
    paths, of_none = _paths(query.get("paths", ""))
    return {
        "brand_id": brand_id,
        "unit": unit,
        "upcs": upcs,
        "style": style,
        "color": color,
        "limit": _number(query, "limit", _STORES, _MOST_STORES),
        "within": _number(query, "radius", 0, 10**5) or None,
        "paths": paths,
        "store_ids": () if of_none else None,
        "in_stock": query.get("in_stock", "true").lower() not in {"0", "false"},
    }


async def _place(query: Mapping[str, str]) -> Place:
    lat, lng = query.get("lat"), query.get("lng")
    if lat and lng:
        try:
            # No name is looked for: the shopper gets stores, not towns.
            return Place.at(float(lat), float(lng))
        except ValueError as error:
            raise PlaceError(str(error) if isinstance(error, PlaceError) else "lat and lng are numbers.") from None
    # In a thread: the first one reads the names of the world's towns.
    return await to_thread(
        lambda: find_place(query.get("q", ""), postcode=query.get("zip", ""), country=query.get("country", ""))
    )


def _paths(text: str) -> tuple[list[str], bool]:
    """Our paths of those that are named; and whether only such were as no store has."""
    named = [path.strip().lower() for path in text.split(",") if path.strip()]
    unknown = [path for path in named if path not in _PATHS]
    if unknown:
        raise SearchError(f"{unknown[0][:20]!r} is no path: those are {', '.join(_PATHS)}.")
    paths = [ours for path in named if (ours := _PATHS[path]) is not None]
    return paths, bool(named) and not paths


def _number(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(most)) or int(text) > most:
        raise SearchError(f"{name} is a whole number up to {most}.")
    return int(text)


def _body(found: Found, unit: Unit) -> bytes:
    place = found.wanted.place
    head = {
        "from": {"lat": place.lat, "lng": place.lng, "label": place.label},
        "at": found.at,
        "source": found.source,
    }
    data = orjson.dumps(head, option=_WRITTEN)[:-1]
    markers = b",".join([found_store(hit, unit) for hit in found.hits])
    return b'{"success":true,"data":%b,"markers":[%b]}}' % (data, markers)
