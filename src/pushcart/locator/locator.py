"""The locator of one web process: who answers a search just now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.locator.by_index import ByIndex
from pushcart.locator.by_sql import BySql
from pushcart.locator.index import metrics
from pushcart.locator.index.keeper import Keeper
from pushcart.locator.index.products import Products

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from asyncpg import Connection, Pool

    from pushcart.locator.source import Source


class Locator:
    """Answers from the index, and from the database while that is not ready or not fresh.

    Args:
        pool: Of connections that are used for reading alone.
        connect: Opens one more, for the index to follow the database. None: there is no index.
    """

    def __init__(self, pool: Pool[Any], connect: Callable[[], Awaitable[Connection[Any]]] | None = None) -> None:
        self._by_sql = BySql(pool)
        self.products = Products(self._by_sql.products)
        self._keeper = Keeper(connect, self.products) if connect else None

    def start(self) -> None:
        if self._keeper:
            self._keeper.start()

    def stop(self) -> None:
        if self._keeper:
            self._keeper.stop()

    @property
    def _by_index(self) -> ByIndex | None:
        state = self._keeper.state if self._keeper else None
        return None if state is None else ByIndex(state)

    def may_stock(self, upcs: Iterable[str]) -> list[int] | None:
        """The stores of the whole network that have any of these products, by id; None while there is no index.

        What changed a moment ago may be missing, so whoever asks looks each of them up.
        """
        index = self._by_index
        return index.stocking(upcs) if index else None

    def source(self) -> Source:
        source: Source = self._by_index or self._by_sql
        metrics.searched(source.name)
        return source
