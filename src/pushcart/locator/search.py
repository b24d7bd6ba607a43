"""The nearest stores that have a product, with everything that a shopper is told of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from pushcart.catalog.gtin import GtinError, canonical
from pushcart.kit import clock
from pushcart.locator.distance import UNITS
from pushcart.locator.found import MOST_PRODUCTS, Found, Wanted
from pushcart.locator.gates import PATHS
from pushcart.locator.page import Page
from pushcart.locator.question import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pushcart.locator.found import Unit
    from pushcart.locator.locator import Locator
    from pushcart.locator.place import Place
    from pushcart.locator.source import Source

_Number = TypeVar("_Number", int, float)

# More than a page of any surface asks for.
MOST = 1000
MOST_OFFSET = 100_000
# As far as hits are counted beyond a page.
MOST_COUNTED = 1000


class SearchError(ValueError):
    """The question makes no sense; the message is a sentence that says why."""


async def search(
    locator: Locator,
    place: Place,
    *,
    upcs: Sequence[str] = (),
    style: str = "",
    color: str = "",
    brand_id: int | None = None,
    limit: int = 10,
    offset: int = 0,
    unit: Unit = "mi",
    within: float | None = None,
    in_stock: bool = True,
    paths: Iterable[str] = (),
    retailer_id: int | None = None,
    store_ids: Iterable[int] | None = None,
    count: bool = False,
    at: datetime | None = None,
) -> Found:
    """The nearest stores where one of the products stands; without products, those that the brand shows.

    The arguments are those of `Wanted`, but UPCs however they are written, and `within` in `unit` ("mi" or "km").
    With `count` it counts stores up to MOST_COUNTED, which takes looking at as many.

    Raises:
        SearchError: a UPC is no GTIN, a path is none, a style comes without its brand, or a number is out of range.
    """
    wanted = Wanted(
        place=place,
        upcs=_canonical(tuple(upcs)),
        # No text of the database holds a NUL, and none is found by it.
        style=style.replace("\0", "").strip(),
        color=color.replace("\0", "").strip().lower(),
        brand_id=brand_id,
        limit=_checked(limit, 1, MOST, "limit"),
        offset=_checked(offset, 0, MOST_OFFSET, "offset"),
        within_km=None if within is None else _checked(within, 0, 10**5, "within") * _km_in(unit),
        in_stock=in_stock,
        paths=_paths(paths),
        retailer_id=retailer_id,
        store_ids=None if store_ids is None else frozenset(store_ids),
        counted=MOST_COUNTED if count else 0,
    )
    if brand_id is None and (wanted.by_what_it_bears or not wanted.upcs):
        raise SearchError("A style, a color, or a search without products, needs the brand.")
    return await find(locator.source(), wanted, at or clock.now())


async def find(source: Source, wanted: Wanted, at: datetime) -> Found:
    """The answer that one source gives. All sources give the same: they only read, `Question` decides."""
    products = await source.products(wanted)
    upcs = tuple(dict.fromkeys((*wanted.upcs, *products)))[:MOST_PRODUCTS]
    brands = {wanted.brand_id} if wanted.brand_id else {product.brand_id for product in products.values()}
    found = Found(wanted, at, tuple(products[upc] for upc in upcs if upc in products), source=source.name)
    if not upcs and (wanted.upcs or wanted.by_what_it_bears):
        return found
    page = Page(Question(wanted, at, upcs, products, await source.dealers(brands)))
    await source.fill(page)
    found.hits, found.total = page.hits, page.total
    return found


@lru_cache(maxsize=10_000)
def _canonical(upcs: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(canonical(upc) for upc in upcs))
    except GtinError as error:
        raise SearchError(str(error)) from None


def _paths(paths: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(paths)
    if not wanted <= set(PATHS):
        raise SearchError(f"{min(wanted - set(PATHS))!r} is no path: those are {', '.join(PATHS)}.")
    return wanted


def _km_in(unit: str) -> float:
    if unit not in UNITS:
        raise SearchError(f"{unit!r} is no unit: those are {' and '.join(UNITS)}.")
    return UNITS[unit]


def _checked(value: _Number, least: int, most: int, name: str) -> _Number:
    if not least <= value <= most:
        raise SearchError(f"{name} is a number from {least} to {most}.")
    return value
