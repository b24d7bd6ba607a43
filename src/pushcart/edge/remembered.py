"""Who a key or a page belongs to, remembered for two seconds.

A busy page's brand is so looked up once in two seconds, and a revoked key stops opening within that time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncpg import Pool

_KNOWN_FOR = 2.0
_MOST_KNOWN = 10_000


class Remembered:
    """A database whose answers are a moment old."""

    def __init__(self, pool: Pool[Any]) -> None:
        self._pool = pool
        self._known: dict[tuple[object, ...], tuple[float, Any]] = {}

    async def fetchrow(self, query: str, *values: object) -> Any:
        """The first row, or None: as the database said within the last two seconds."""
        asked = query, *values
        known = self._known.get(asked)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        row = await self._pool.fetchrow(query, *values)
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[asked] = time.monotonic() + _KNOWN_FOR, row
        return row
