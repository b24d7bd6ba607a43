"""The brand API: GET /api/v2/brand/{company_id}/… and the open widget feed /stores/conversion_data."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings
from starlette.responses import Response

from pushcart.catalog.gtin import GtinError, canonical
from pushcart.edge import brand_queries as queries
from pushcart.edge.answers import RefusedError, content_etag, ready, unknown_key
from pushcart.edge.week import week_of
from pushcart.kit import clock, envelope
from pushcart.kit.crypto import keyed_hash

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import Request

_DEFAULT, _MOST = 10, 100  # stores an answer, as at the live service
_MOST_UPCS = 50
_DEALERS_A_PAGE = 50
_MOST_MARKERS = 1000
_LARGEST = 2**62


async def stores(request: Request) -> Response:
    """The stores that the brand shows, by their ids."""
    brand_id = await _brand(request)
    limit, offset = _limit_and_offset(request)
    row = await request.app.state.pool.fetchrow(queries.STORES, brand_id, clock.now(), limit, offset)
    return _listed(request, row, offset)


async def stores_with(request: Request) -> Response:
    """Those that have any of these products in stock that is fresh enough to be promised."""
    brand_id = await _brand(request)
    limit, offset = _limit_and_offset(request)
    upcs = _upcs(request.path_params["upcs"])
    may = request.app.state.locator.may_stock(upcs)
    values = brand_id, clock.now(), limit, offset, upcs, _fresh_since(), may
    return _listed(request, await request.app.state.pool.fetchrow(queries.STORES_WITH, *values), offset)


async def dealers(request: Request) -> Response:
    """The brand's dealers and how much of its range each has, a page at a time."""
    brand_id = await _brand(request)
    page = _whole(request.path_params.get("page", "0"), "page", _LARGEST // _DEALERS_A_PAGE)
    values = brand_id, clock.now(), _DEALERS_A_PAGE, page * _DEALERS_A_PAGE, _fresh_since()
    row = await request.app.state.pool.fetchrow(queries.DEALERS, *values)
    content = (row["content"] or "").encode()
    body = envelope.page(content, number=page, per_page=_DEALERS_A_PAGE, total=row["total"])
    return ready(request, body, content_etag(body))


async def conversion_data(request: Request) -> Response:
    """The open feed of the live service's widget: the brand's stores within the map that is looked at, with hours."""
    asked = request.query_params
    # Whose dealers are shown, and whose products are meant: one brand, unless a page says otherwise.
    brand_id = _whole(asked.get("company_id") or asked.get("dealers_company_id", ""), "company_id", _LARGEST)
    only_store_id, only_retailer_id = (_whole_or_none(asked, name) for name in ("only_store_id", "only_retailer_id"))
    # Of one store it is told wherever it is.
    box = [_degrees(asked.get(name) if only_store_id is None else None, name, default) for name, default in _MAP]
    values = (
        _whole_or_none(asked, "dealers_company_id") or brand_id,
        clock.now(),
        *box,
        canonical_or_none(asked.get("upc")),
        _text_or_none(asked, "style"),
        _fresh_since(),
        _MOST_MARKERS,
        *(_degrees(asked.get(name), name, 0.0) for name in ("map_center_lat", "map_center_lng")),
        only_store_id,
        only_retailer_id,
        _text_or_none(asked, "color"),
        brand_id,
    )
    rows = await request.app.state.pool.fetch(queries.MARKERS, *values)
    markers = [{**orjson.loads(row["marker"]), **week_of(row, clock.now())} for row in rows]
    return Response(orjson.dumps({"markers": markers}), media_type="application/json")


_MAP = (("map_sw_lat", -90.0), ("map_ne_lat", 90.0), ("map_sw_lng", -180.0), ("map_ne_lng", 180.0))


def canonical_or_none(text: str | None) -> str | None:
    """The GTIN, if one is named.

    Raises:
        RefusedError: 422, it isn't one.
    """
    if not text:
        return None
    try:
        return canonical(text)
    except GtinError as error:
        raise RefusedError(422, "invalid_upc", str(error), "upc") from None


async def _brand(request: Request) -> int:
    """The brand that is asked about, if the key is its own; of another it is not even told that it exists."""
    token = request.headers.get("locally-api-token", "")
    row = await request.app.state.remembered.fetchrow(queries.KEY, keyed_hash(token, use="api-key")) if token else None
    if row is None:
        raise unknown_key()
    if row["kind"] != "brand" or request.path_params["company_id"] != str(row["id"]):
        raise RefusedError(404, "brand_not_found", "There is no such brand, or this key has no access to it.")
    return int(row["id"])


def _listed(request: Request, row: Any, offset: int) -> Response:
    results = (row["results"] or "").encode()
    body = b'{"total":%d,"offset":%d,"results":[' % (row["total"], offset) + results + b"]}"
    return ready(request, body, content_etag(body))


def _limit_and_offset(request: Request) -> tuple[int, int]:
    asked = request.query_params
    limit = _whole(asked.get("limit") or str(_DEFAULT), "limit", _MOST)
    if limit < 1:
        raise RefusedError(422, "invalid_limit", f"limit is a number from 1 to {_MOST}.", "limit")
    return limit, _whole(asked.get("offset") or "0", "offset", _LARGEST)


def _upcs(text: str) -> list[str]:
    upcs = [canonical_or_none(upc) for upc in text.split("|")]
    named = [upc for upc in upcs if upc]
    if not 1 <= len(named) <= _MOST_UPCS:
        raise RefusedError(422, "invalid_upc", f"Name from 1 to {_MOST_UPCS} UPCs, joined by |.", "upc")
    return named


def _fresh_since() -> datetime:
    """Stock that was told then or before is too old to be promised (decision 0021)."""
    return clock.now() - timedelta(hours=settings.STOCK_MAX_AGE_HOURS)


def _whole(text: str, field: str, most: int) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(most)) or int(text) > most:
        raise RefusedError(422, f"invalid_{field}", f"{field} is a whole number from 0 to {most}.", field)
    return int(text)


def _whole_or_none(asked: Mapping[str, str], field: str) -> int | None:
    text = asked.get(field, "")
    return _whole(text, field, _LARGEST) if text else None


def _text_or_none(asked: Mapping[str, str], field: str) -> str | None:
    return asked.get(field, "").replace("\0", "").strip() or None


def _degrees(text: str | None, field: str, default: float) -> float:
    most = 90 if field.endswith("lat") else 180
    try:
        degrees = float(text) if text else default
    except ValueError:
        degrees = math.nan
    if not abs(degrees) <= most:
        raise RefusedError(422, f"invalid_{field}", f"{field} is a number of degrees, from {-most} to {most}.", field)
    return degrees
