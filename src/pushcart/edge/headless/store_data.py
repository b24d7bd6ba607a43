"""GET conversion/store_data and conversion/location_data/…: the stores near by, or one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pushcart.edge.headless.answers import NO_ACCESS, STORE_NOT_FOUND, HeadlessError, told
from pushcart.edge.headless.caller import brand_of
from pushcart.edge.headless.marker import marker
from pushcart.edge.headless.session import place_of, session_of
from pushcart.locator.place import Place
from pushcart.locator.search import SearchError, search

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pushcart.edge.headless.caller import Brand
    from pushcart.locator.found import Found, Unit

_DEFAULT_LIMIT = 100
_PATH_OF = {"PTP_BOPIS": "bopis", "PTP_ROPIS": "ropis", "PTP_SDD": "delivery"}
# No store ships: what asks for it alone finds none.
_NO_PATH = frozenset({"PTP_STS"})
_FARTHEST_LAT, _FARTHEST_LNG = 90, 180
_NOWHERE = Place(0.0, 0.0)


async def store_data(request: Request) -> Response:
    """The brand's stores around a place, the nearest first; of a UPC or a style those that have it."""
    brand = await brand_of(request)
    _check_company(request, brand)
    only, session = _number(request, "only_store_id"), session_of(request)
    place = _NOWHERE if only is not None else await _center(request, brand, session)
    found = await _found(request, brand, place, {"store_ids": None if only is None else [only]})
    markers = [marker(hit, _unit(request), found.at) for hit in found.hits]
    return told(
        {
            "all_upcs_carried": _carried(found),
            "markers": markers,
            # Up to a thousand; a page of them stands in `markers`.
            "total_marker_count": found.total,
            "at": found.at,
            "session": {"id": session},
        },
        session,
    )


async def location_data(request: Request) -> Response:
    """One store that the brand shows, with the product's labels where `upc` names one."""
    brand, session = await brand_of(request), session_of(request)
    text = request.path_params["store_id"]
    number = _whole(text)
    found = None
    if number is not None and request.path_params["type"] in {"store", "dealer"}:
        found = await _found(request, brand, _NOWHERE, {"store_ids": [number]})
    if found is None or not found.hits:
        raise HeadlessError(f"{brand.name} shows no store {text[:20]}.", STORE_NOT_FOUND)
    return told(
        {**marker(found.hits[0], _unit(request), found.at), "at": found.at, "session": {"id": session}}, session
    )


async def _found(request: Request, brand: Brand, place: Place, which: dict[str, Any]) -> Found:
    asked, filters = request.query_params, _filters(request)
    of_all = which["store_ids"] is not None
    if filters and filters <= _NO_PATH:
        which = {"store_ids": []}
    within = None if of_all else _distance(request)
    style = asked.get("style", "")
    color = asked.get("color", "")
    if "\0" in style + color:
        raise _malformed("style, color: no NUL character is in one.")
    try:
        return await search(
            request.app.state.locator,
            place,
            upcs=[upc for upc in asked.get("upc", "").split(",") if upc.strip()],
            style=style,
            color=color,
            brand_id=brand.id,
            limit=_number(request, "limit") or _DEFAULT_LIMIT,
            offset=_number(request, "offset") or 0,
            unit=_unit(request),
            within=within,
            # Of one store it is told that it has none; of many, those that have it.
            in_stock=not of_all or "IN_STOCK" in filters,
            paths=[path for name, path in _PATH_OF.items() if name in filters],
            count=True,
            **which,
        )
    except SearchError as error:
        raise _malformed(str(error)) from None


async def _center(request: Request, brand: Brand, session: str) -> Place:
    """Of the map; where it isn't told, that of the session (location/switch)."""
    asked = request.query_params
    lat, lng = asked.get("map_center_lat", ""), asked.get("map_center_lng", "")
    if lat or lng:
        return _point(lat, lng)
    place = await place_of(request, brand, session)
    if place is None:
        raise _malformed("map_center_lat and map_center_lng are required, or a session whose place was chosen.")
    return place


def _point(lat: str, lng: str) -> Place:
    try:
        point = Place(float(lat), float(lng))
    except ValueError:
        raise _malformed("map_center_lat and map_center_lng: two numbers.") from None
    if not (abs(point.lat) <= _FARTHEST_LAT and abs(point.lng) <= _FARTHEST_LNG):
        raise _malformed("map_center_lat is from -90 to 90, map_center_lng from -180 to 180.")
    return point


def _filters(request: Request) -> frozenset[str]:
    """`status` as often as it takes, or comma separated; brackets as PHP writes them are passed over."""
    named = [value for name, value in request.query_params.multi_items() if name.partition("[")[0] == "status"]
    filters = frozenset(part.strip().upper() for value in named for part in value.split(",") if part.strip())
    known = {"IN_STOCK", *_PATH_OF, *_NO_PATH}
    if not filters <= known:
        raise _malformed(f"status: one of {', '.join(sorted(known))}.")
    return filters


def _carried(found: Found) -> list[str]:
    return sorted({offer.upc for hit in found.hits for offer in hit.offers if offer.stock == "in_stock"})


def _check_company(request: Request, brand: Brand) -> None:
    company = request.query_params.get("company_id", "") or str(brand.id)
    slug = request.query_params.get("company_slug", "") or brand.slug
    if company != str(brand.id) or slug != brand.slug:
        raise HeadlessError("This key has no access to that company.", NO_ACCESS)


def _unit(request: Request) -> Unit:
    unit = request.query_params.get("map_distance_unit", "mi")
    if unit not in {"mi", "km"}:
        raise _malformed("map_distance_unit: mi or km.")
    return cast("Unit", unit)


def _distance(request: Request) -> float | None:
    """The farthest that a store may be away, in the asked unit."""
    text = request.query_params.get("map_distance_diag", "")
    try:
        distance = float(text) if text else None
    except ValueError:
        raise _malformed("map_distance_diag: a number.") from None
    if distance is not None and not distance >= 0:
        raise _malformed("map_distance_diag: a number from 0.")
    return distance


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name, "")
    if not text:
        return None
    number = _whole(text)
    if number is None:
        raise _malformed(f"{name}: a whole number.")
    return number


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None  # noqa: PLR2004 64 bits


def _malformed(sentence: str) -> HeadlessError:
    return HeadlessError(sentence, 422, 422)
