"""A target for atheris: any bytes are read as a feed or refused by a SheetError, and what is read can be stock.

`python -m tests.inventory.fuzz_feed CORPUS -atheris_runs=100000`; the corpus may be a copy of `tests/inventory/feeds`.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, BinaryIO

import atheris

with atheris.instrument_imports(
    include=["pushcart.inventory.feed", "pushcart.catalog", "pushcart.kit.sheets", "pushcart.kit.prices"]
):
    from pushcart.catalog.gtin import canonical
    from pushcart.inventory.feed.read import Feed
    from pushcart.inventory.feed.told import by_store
    from pushcart.inventory.feed.values import MOST_PIECES
    from pushcart.kit.sheets.errors import SheetError

if TYPE_CHECKING:
    from collections.abc import Iterable

# The stores that there are, by the numbers that the files write.
_STORES = {"": 1, "7": 1, "0007": 1, "12": 2}


def _place(number: str) -> int | str:
    return _STORES.get(number, "There is no such store.")


def _in_no_catalogue(numbers: Iterable[int]) -> set[int]:
    return set()


def read(content: bytes) -> None:
    """Reads it as a feed, whatever it is."""
    must_be_stock(io.BytesIO(content))


def must_be_stock(stream: BinaryIO) -> None:
    """Reads a feed.

    Raises:
        AssertionError: what was read can't be stock, or lines got lost without a word.
    """
    try:
        batches = list(Feed(stream, currency="USD", place=_place))
    except SheetError:
        return
    refused = sum(batch.refused.height for batch in batches)
    readable = sum(batch.rows["qty"].count() for batch in batches)
    assert readable + refused == sum(batch.told for batch in batches)
    told = by_store((batch.rows for batch in batches), _in_no_catalogue)
    assert set(told.stores) <= set(_STORES.values())
    for shelf in told.stores.values():
        assert shelf["upc"].is_unique().all()
        for upc, qty, price in shelf.iter_rows():
            assert canonical(f"{upc:012}") == f"{upc:012}"
            assert qty is None or 0 <= qty <= MOST_PIECES
            assert price is None or price > 0
    assert sum(shelf["qty"].count() for shelf in told.stores.values()) + told.refused.height == readable


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
