"""GET location/suggest: the places that may be meant by what a shopper types."""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING, Any

from pushcart.edge.headless.answers import HeadlessError, told
from pushcart.edge.headless.caller import brand_of
from pushcart.edge.headless.session import place_of, session_of
from pushcart.locator.place import PlaceError, find_place, suggest

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pushcart.locator.place import Place

_LESS = 0.04  # of relevance, from one suggestion to the next


async def location_suggest(request: Request) -> Response:
    brand, session = await brand_of(request), session_of(request)
    query = request.query_params.get("query", "").strip()
    if not query:
        raise HeadlessError("query: a postcode, a city, or the beginning of one.", 422, 422)
    here = await place_of(request, brand, session)
    # In a thread: the first one reads the names of the world's towns.
    places = await to_thread(_places, query)
    return told(
        {
            "query": query,
            "suggestions": [_suggestion(place, n) for n, place in enumerate(places)],
            "from": [f"{here.lat:.7f}", f"{here.lng:.7f}"] if here else [],
            "session": {"id": session},
        },
        session,
    )


def _places(query: str) -> list[Place]:
    places = suggest(query)
    if places:
        return places
    try:
        return [find_place(query)]
    except PlaceError:
        return []


def _suggestion(place: Place, n: int) -> dict[str, Any]:
    by_postcode = place.source == "postcode"
    value = place.label if place.state == "" else f"{place.label}, {place.country}"
    return {
        "value": f"{place.postcode} {value}" if by_postcode else value,
        "postcode": place.postcode if by_postcode else "",
        "data": {"lat": place.lat, "lng": place.lng, "relevance": round(1 - n * _LESS, 2)},
    }
