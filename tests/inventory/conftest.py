from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from pushcart.inventory.actions.import_feed import import_feed
from pushcart.inventory.feed import shelf as module
from pushcart.inventory.models import ShelfLine
from tests import network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushcart.stores.models import Store


@pytest.fixture
def store(db):
    """Store 7 of a retailer."""
    return network.store(number="7")


@pytest.fixture
def feed(store):
    """Feeds a text to the store's company; `store=None` where the file names the stores itself."""

    def _feed(text, *, into=store, **options):
        content = text if isinstance(text, bytes) else text.encode()
        return import_feed(store.company, io.BytesIO(content), source="a test", store=into, **options)

    return _feed


@contextmanager
def packing(lines: int) -> Iterator[None]:
    """Stores of so many lines are packed."""
    with mock.patch.object(module, "WORTH_PACKING", lines):
        yield


def shelf(store: Store) -> dict[str, tuple[int, int, int | None]]:
    """On hand, taken and price by UPC."""
    rows = ShelfLine.objects.filter(store=store).values_list("upc", "on_hand", "taken", "price")
    return {upc: (on_hand, taken, price) for upc, on_hand, taken, price in rows}
