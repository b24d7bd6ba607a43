"""The rate limit of the API, before anything else is asked (contract, section 1)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import orjson

from pushcart.edge.proxies import address_of
from pushcart.kit import envelope
from pushcart.kit.ratelimit import Allowance, RateLimiter

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Asked without a key: one that is sent along doesn't count.
_OPEN = "/stores/conversion_data"
_HEADLESS = "/headless/"
_LIMITED = ("/api/v2/", _HEADLESS, _OPEN)
_TOKEN = b"locally-api-token"
# Of an IPv6 address, which names a household or a machine; the rest of it each may choose anew for every call.
_OF_ONES_OWN = 8  # bytes


class RateLimit:
    """Counts the calls of each key, and without one of each address.

    It tells what is left in the RateLimit fields, and answers 429 when nothing is.

    The count stands in this process: with several web processes a key has so many times its limit.
    """

    def __init__(self, app: ASGIApp, calls_per_minute: int) -> None:
        self._app, self._limiter = app, RateLimiter(calls_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_LIMITED):
            await self._app(scope, receive, send)
            return
        caller = _caller(scope)
        allowance = self._limiter.take(caller)
        if not allowance.granted:
            who = "address" if caller.startswith(b"address:") else "key"
            await _too_many(allowance, who, send, headless=scope["path"].startswith(_HEADLESS))
            return
        fields = _fields(allowance)

        async def send_with_fields(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *fields]
            await send(message)

        await self._app(scope, receive, send_with_fields)


def _caller(scope: Scope) -> bytes:
    if not scope["path"].startswith(_OPEN):
        for name, value in scope["headers"]:
            if name == _TOKEN:
                return bytes(value)[:200]
    client = scope.get("client")
    return b"address:%b" % _own(client[0]) if client else b"address:"


@lru_cache(maxsize=10_000)
def _own(host: str) -> bytes:
    address = address_of(host)
    if address is None:
        return host.encode()
    return address.packed[:_OF_ONES_OWN]


def _fields(allowance: Allowance) -> list[tuple[bytes, bytes]]:
    return [
        (b"ratelimit-limit", b"%d" % allowance.limit),
        (b"ratelimit-remaining", b"%d" % allowance.remaining),
        (b"ratelimit-reset", b"%d" % allowance.reset),
    ]


async def _too_many(allowance: Allowance, who: str, send: Send, *, headless: bool) -> None:
    seconds = allowance.retry_after
    message = f"This {who} has made its {allowance.limit} calls of this minute. Try again in {seconds} s."
    said = envelope.refusal(message, "rate_limited", details={"retry_after": seconds})
    body = orjson.dumps({"success": False, "msg": message, "error_code": 429} if headless else said)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % seconds),
        *_fields(allowance),
    ]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": body})
