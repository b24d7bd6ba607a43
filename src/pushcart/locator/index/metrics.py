from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from prometheus_client import Counter, Gauge

if TYPE_CHECKING:
    from pushcart.locator.index.state import State

SEARCHES = Counter("pushcart_locator_searches", "Searches, by who answered them", ["source"])
_BYTES = Gauge("pushcart_locator_index_bytes", "Memory of the index's columns in this process")
_ROWS = Gauge("pushcart_locator_index_rows", "Products on shelves that the index knows")
_STORES = Gauge("pushcart_locator_index_stores", "Stores that the index knows")


_BY_SOURCE = {source: SEARCHES.labels(source) for source in ("index", "sql")}


def searched(source: Literal["index", "sql"]) -> None:
    """One more."""
    _BY_SOURCE[source].inc()


def tell(state: State) -> None:
    """How large the index is now."""
    _BYTES.set(state.chart.nbytes + state.shelves.nbytes)
    _ROWS.set(state.shelves.rows)
    _STORES.set(len(state.chart.slot_of))
