"""Where a search reads: the database, or the index that this process keeps of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushcart.locator.found import Wanted
    from pushcart.locator.page import Page
    from pushcart.locator.records import Product


class Source(Protocol):
    """What a search asks. It may bring more than is wanted; it brings nothing out of order and leaves nothing out."""

    @property
    def name(self) -> Literal["index", "sql"]: ...

    async def products(self, wanted: Wanted) -> dict[str, Product]:
        """The products wanted, as far as they are known: the UPCs as they were named, then the style's by UPC."""

    async def dealers(self, brands: Iterable[int]) -> dict[int, frozenset[int]]:
        """The retailers that each of these brands shows."""

    async def fill(self, page: Page) -> None:
        """Gives the page stores until it is full, the nearest first, of equally near ones the one with the lower id."""
