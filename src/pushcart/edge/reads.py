"""GET /api/v2/carts, /api/v2/cart/{hash}, /api/v2/events, /api/v2/events/digest and /api/v2/webhooks/attempts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import orjson

from pushcart.carts.states import HIDDEN, LINE
from pushcart.edge import queries
from pushcart.edge.answers import RefusedError, content_etag, one_of, ready, unknown_cart, unknown_key
from pushcart.kit import envelope
from pushcart.kit.crypto import keyed_hash
from pushcart.kit.ids import is_hash

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

PER_PAGE = 50
MOST_EVENTS = 500
MOST_ATTEMPTS = 100
_LARGEST = 2**63 - 1
_STATUSES = tuple(status for status in LINE.states if status not in HIDDEN)


async def one_cart(request: Request) -> Response:
    cart_hash = request.path_params["cart_hash"]
    row = await _row(request, queries.ONE_CART, cart_hash.upper() if is_hash(cart_hash) else "")
    if row["body"] is None:
        raise unknown_cart()
    return ready(request, envelope.single(row["body"].encode()), f'"{row["sequence"]}"')


async def carts(request: Request) -> Response:
    page = _number(request.path_params.get("page", "0"), "page")
    if page * PER_PAGE > _LARGEST - PER_PAGE:
        raise RefusedError(422, "invalid_page", "There are not so many pages.", "page")
    asked = request.query_params
    row = await _row(
        request,
        queries.CARTS,
        _moment(asked.get("since")),
        one_of(asked.get("status"), _STATUSES, "status"),
        _number(asked["store_id"], "store_id") if asked.get("store_id") else None,
        PER_PAGE,
        page * PER_PAGE,
    )
    body = envelope.page((row["content"] or "").encode(), number=page, per_page=PER_PAGE, total=row["total"])
    return ready(request, body, content_etag(body))


async def events(request: Request) -> Response:
    if request.query_params.get("after") == "latest":
        latest = await _row(request, queries.LATEST_EVENT)
        return _events(request, b"", latest["last"] or 0)
    after = _number(request.query_params.get("after") or "0", "after")
    limit = _number(request.query_params.get("limit") or "100", "limit")
    if not 1 <= limit <= MOST_EVENTS:
        raise RefusedError(422, "invalid_limit", f"limit is a number from 1 to {MOST_EVENTS}.", "limit")
    row = await _row(request, queries.EVENTS, after, limit)
    following = row["last"] if row["last"] is not None else after
    return _events(request, (row["content"] or "").encode(), following)


async def attempts(request: Request) -> Response:
    limit = _number(request.query_params.get("limit") or "50", "limit")
    if not 1 <= limit <= MOST_ATTEMPTS:
        raise RefusedError(422, "invalid_limit", f"limit is a number from 1 to {MOST_ATTEMPTS}.", "limit")
    event = request.query_params.get("event") or None
    if event and not (event.isascii() and event.isprintable()):
        raise RefusedError(422, "invalid_event", "event is the id of one, as in evt_1f3c….", "event")
    row = await _row(request, queries.ATTEMPTS, event, limit)
    body = envelope.single(b"[" + (row["content"] or "").encode() + b"]")
    return ready(request, body, content_etag(body))


async def digest(request: Request) -> Response:
    row = await _row(request, queries.DAY, _day(request.query_params.get("day")))
    if row["day"] is None:
        message = "There is no digest of that day: each is made five minutes after the day ends (UTC)."
        raise RefusedError(404, "digest_not_found", message, "day")
    found = {**row, "count": row["last"] - row["first"] + 1}
    body = envelope.single(orjson.dumps(found))
    return ready(request, body, content_etag(body))


def _events(request: Request, content: bytes, following: int) -> Response:
    body = b'{"version":2,"status":true,"events":[' + content + b'],"next":"%d"}' % following
    return ready(request, body, content_etag(body))


async def _row(request: Request, query: str, *values: Any) -> Any:
    token = request.headers.get("locally-api-token")
    if not token:
        raise unknown_key()
    row = await request.app.state.pool.fetchrow(query, keyed_hash(token, use="api-key"), *values)
    if row is None:
        raise unknown_key()
    return row


def _number(text: str, field: str) -> int:
    # Python itself refuses to read a number of thousands of digits.
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(_LARGEST)) or int(text) > _LARGEST:
        raise RefusedError(422, f"invalid_{field}", f"{field} is a whole number, from 0.", field)
    return int(text)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise RefusedError(422, "invalid_day", "day is a date as in 2026-11-26.", "day") from None


# Section 5.6. Python reads dates, weeks and times without a zone too, which callers mean in different ways.
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        # The ends of time have no moment in another zone.
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC) if _RFC_3339.fullmatch(text) else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        message = (
            "since is a time as RFC 3339 writes it, as in 2026-11-27T16:00:00Z or 2026-11-27T18:00:00%2B02:00 (in an "
            "address a plus sign is written %2B)."
        )
        raise RefusedError(422, "invalid_since", message, "since")
    return moment
