"""The locator of one web process: who answers a search just now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.locator.by_sql import BySql

if TYPE_CHECKING:
    from asyncpg import Pool

    from pushcart.locator.source import Source


class Locator:
    """Answers from the database."""

    def __init__(self, pool: Pool[Any]) -> None:
        self._by_sql = BySql(pool)

    def source(self) -> Source:
        return self._by_sql
