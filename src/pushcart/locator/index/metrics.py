from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from prometheus_client import Counter, Gauge

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.locator.index.state import State

SEARCHES = Counter("pushcart_locator_searches", "Searches, by who answered them", ["source"])
FAILURES = Counter("pushcart_locator_index_failures", "Times that the index failed and was read anew")
_AGE = Gauge(
    "pushcart_locator_index_age_seconds", "Since the index last heard that it knows everything; +Inf: it never did"
)
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


def tell_age(age: Callable[[], float]) -> None:
    """From now on this is asked for the index's age whenever somebody looks."""
    _AGE.set_function(age)
