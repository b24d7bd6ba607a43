"""GET /sandbox/news.json?push=N&store=N&letter=N: all that the page shows and that moves, once a second."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pushcart.kit import clock
from pushcart.sandbox.page import wire
from pushcart.sandbox.page.orders import latest_orders
from pushcart.sandbox.page.stores import stores_now

if TYPE_CHECKING:
    from django.http import HttpRequest

_SOURCES = {"push": wire.pushes, "store": wire.order_system, "letter": wire.letters}
_NAMES = {"push": "The pusher", "store": "The order system", "letter": "The outbox"}


@never_cache
@require_safe
def news(request: HttpRequest) -> JsonResponse:
    """The clock, the stores and the latest orders as they stand; of the wire, what came after the numbers given.

    `next` holds the numbers to ask with the next time. A program that does not answer is named in `silent`; what it has
    is then asked for again.
    """
    after = {name: _number(request.GET.get(name, "")) for name in _SOURCES}
    lines: list[dict[str, Any]] = []
    silent: list[str] = []
    for name, read in _SOURCES.items():
        try:
            found, after[name] = read(after[name])
        except httpx.HTTPError:
            silent.append(_NAMES[name])
        else:
            lines += found
    lines.sort(key=lambda line: datetime.fromisoformat(line["at"]))
    now = clock.now()
    return JsonResponse(
        {
            "now": now.isoformat(),
            "moved_seconds": round((now - datetime.now(UTC)).total_seconds()),
            "stores": stores_now(),
            "orders": latest_orders(),
            "wire": lines,
            "next": after,
            "silent": silent,
        }
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0  # noqa: PLR2004 of a bigint
