"""What pages of other origins may ask (decision 0105): those on a brand's registered domains, and no others.

A browser asks on behalf of whoever's page it shows. The answer names the page's origin only where its host is the
registered site of a brand; which brand's data it may see is decided where the data is read.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders

from pushcart.edge.fields import field

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN_TO_PAGES = ("/headless/", "/stores/conversion_data")
_METHODS = "GET, POST, OPTIONS"
_ASKED_WITH = "Content-Type, Idempotency-Key, Locally-Api-Session-Id, Locally-Api-Token, Locally-Sdk-Version"
_READABLE = "Locally-Api-Session-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After"
# As long a browser needn't ask again whether it may ask: the most that Chromium remembers.
_PREFLIGHT_SECONDS = 7200
# All sites are read at once, so that origins which somebody invents cost no query each. So long may the end of a
# registration take to be noticed here, and so long its beginning.
_KNOWN_FOR = 10.0
_UNKNOWN_FOR = 1.0

_SITES = "SELECT domain FROM companies_site"


class Cors:
    """Answers preflights, and adds to every answer, errors and 429 too, what lets the page read it."""

    def __init__(self, app: ASGIApp, ask: Callable[[str], Awaitable[Iterable[str]]]) -> None:
        """`ask(query)` fetches a column of texts from the database."""
        self._app, self._ask = app, ask
        self._sites, self._read_at = frozenset[str](), -math.inf
        self._reading = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = field(scope, b"origin") if _is_open(scope) else None
        if origin is None:
            await self._app(scope, receive, send)
            return
        allowed = await self._is_registered(_host(origin))
        if scope["method"] == "OPTIONS":
            await _preflight(origin if allowed else None, send)
            return

        async def send_readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", ())))
                headers.add_vary_header("Origin")
                if allowed:
                    headers["Access-Control-Allow-Origin"] = origin
                    headers["Access-Control-Allow-Credentials"] = "true"
                    headers["Access-Control-Expose-Headers"] = _READABLE
                message["headers"] = headers.raw
            await send(message)

        await self._app(scope, receive, send_readable)

    async def _is_registered(self, host: str | None) -> bool:
        if host is None:
            return False
        if not self._is_known(host):
            async with self._reading:
                # Who waited finds what another has read.
                if not self._is_known(host):
                    asked_at = time.monotonic()
                    self._sites = frozenset(await self._ask(_SITES))
                    self._read_at = asked_at
        return host in self._sites

    def _is_known(self, host: str) -> bool:
        """Whether what was read last tells of it."""
        age = time.monotonic() - self._read_at
        return age < (_KNOWN_FOR if host in self._sites else _UNKNOWN_FOR)


def _is_open(scope: Scope) -> bool:
    return scope["type"] == "http" and str(scope["path"]).startswith(OPEN_TO_PAGES)


def _host(origin: str) -> str | None:
    """`www.brand.example` of `https://www.brand.example:8443`; None for `null` and whatever else is no page."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in {"http", "https"} else None


async def _preflight(origin: str | None, send: Send) -> None:
    """204 with what is allowed; without a word of it the browser asks no further."""
    headers = MutableHeaders(raw=[])
    headers["Vary"] = "Origin"
    if origin:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Allow-Credentials"] = "true"
        headers["Access-Control-Allow-Methods"] = _METHODS
        headers["Access-Control-Allow-Headers"] = _ASKED_WITH
        headers["Access-Control-Max-Age"] = str(_PREFLIGHT_SECONDS)
    await send({"type": "http.response.start", "status": 204, "headers": headers.raw})
    await send({"type": "http.response.body", "body": b""})
