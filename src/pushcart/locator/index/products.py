"""Products that were asked for lately. All of a network would fill the memory; those that shoppers look at don't."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pushcart.locator.found import Wanted
    from pushcart.locator.records import Product

# Some 20 MB. Beyond it all are forgotten, which costs each one query.
_MOST = 20_000

_Question = tuple[tuple[str, ...], str, str, int | None]  # UPCs, style, color, and of these two the brand


class Products:
    """What the database answered, until something of the catalogue changes."""

    def __init__(self, read: Callable[[Wanted], Awaitable[dict[str, Product]]]) -> None:
        self._read = read
        self._known: dict[_Question, dict[str, Product]] = {}

    async def wanted(self, wanted: Wanted) -> dict[str, Product]:
        """The products of a search, as `Source.products` says."""
        known = self._known
        question = wanted.upcs, wanted.style, wanted.color, wanted.brand_id if wanted.by_what_it_bears else None
        found = known.get(question)
        if found is None:
            found = await self._read(wanted)
            if len(known) >= _MOST:
                known.clear()
            # Into what was there when it was asked: if something changed meanwhile, nobody looks there any more.
            known[question] = found
        return found

    def forget(self) -> None:
        """The catalogue changed."""
        self._known = {}

    def __len__(self) -> int:
        return len(self._known)
