"""Where a search reads: the database, or the index that this process keeps of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from pushcart.locator.found import Wanted
    from pushcart.locator.question import Question, Shelves
    from pushcart.locator.records import Product, Store

# Stores with their distances in kilometres, and what stands on their shelves.
Batch = tuple[list[tuple["Store", float]], "Shelves"]


class Source(Protocol):
    """What a search asks. It may bring more than is wanted; it brings nothing out of order and leaves nothing out."""

    @property
    def name(self) -> Literal["index", "sql"]: ...

    async def products(self, wanted: Wanted) -> dict[str, Product]:
        """The products wanted, as far as they are known: the UPCs as they were named, then the style's by UPC."""

    async def dealers(self, brands: Iterable[int]) -> dict[int, frozenset[int]]:
        """The retailers that each of these brands shows."""

    def nearest(self, question: Question) -> AsyncIterator[Batch]:
        """Stores in batches, the nearest first, of equally near ones the one with the lower id."""
