"""The bare handler that the API's reads are held against: granian, asyncpg, the same SQL, and nothing else.

No routing, no key to hash, no rate limit, no conditional request: what a read costs at the least on these parts.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import asyncpg

from pushcart.edge.queries import CARTS, ONE_CART

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_DIGEST = bytes.fromhex(os.environ["BENCH_DIGEST"])
_HEADERS = [(b"content-type", b"application/json")]
_pool: Any = None


async def _nothing(_connection: Any) -> None:
    pass


async def app(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[..., Awaitable[Any]]
) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    path: str = scope["path"]
    if path.startswith("/api/v2/cart/"):
        row = await _pool.fetchrow(ONE_CART, _DIGEST, path[13:])
        body = b'{"version":2,"status":true,"content":' + row["body"].encode() + b"}"
    else:
        row = await _pool.fetchrow(CARTS, _DIGEST, None, None, None, 50, 0)
        body = b'{"version":2,"status":true,"content":[' + row["content"].encode() + b"]}"
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": body})


async def _live(receive: Callable[[], Awaitable[Any]], send: Callable[..., Awaitable[Any]]) -> None:
    global _pool  # noqa: PLW0603 one server, one pool
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=8, reset=_nothing)
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
