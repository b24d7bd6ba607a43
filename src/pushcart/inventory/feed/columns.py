"""Which column of a feed holds what, by the names that tills and spreadsheets give them (contract, section 4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pushcart.inventory.feed.errors import FeedError

SEPARATORS = (",", "\t", ";", "|")

# The better name first: a feed with both `qty` and `stock` means `qty`.
_ALIASES = {
    "upc": (
        *("upc", "gtin", "ean", "barcode", "upccode", "upcean", "eanupc", "upcgtin", "gtinupc", "upca", "ean13"),
        *("gtin12", "gtin13", "gtin14", "upcnumber", "barcodenumber", "productupc", "itemupc"),
    ),
    "qty": (
        *("qty", "quantity", "onhand", "qoh", "qtyonhand", "quantityonhand", "onhandqty", "onhandquantity"),
        *("stock", "stockqty", "stocklevel", "available", "availableqty", "qtyavailable", "instock", "inventory"),
    ),
    "price": ("price", "storeprice", "currentprice", "sellingprice", "sellprice", "retailprice", "retail", "unitprice"),
    "store": (
        *("store", "storenumber", "storeno", "storenum", "storecode", "storeid", "location", "locationid"),
        *("locationcode", "vendorid", "branch", "shop", "outlet"),
    ),
}
_MOST_SHOWN = 8
_LONGEST_SHOWN = 30


@dataclass(frozen=True)
class Columns:
    """Where each value stands in a row, counted from 0, and how many values the header has."""

    upc: int
    qty: int
    price: int | None
    store: int | None
    width: int


def separator_of(header: str) -> str:
    """The separator under which the header names most of what we look for; a comma where none does."""
    return max(SEPARATORS, key=lambda separator: len(_found(header.split(separator))))


def columns_of(header: list[str]) -> Columns:
    """Where the values stand.

    Raises:
        FeedError: the first line is no header, or names no column for the product or the quantity.
    """
    found = _found(header)
    missing = [name for name in ("upc", "qty") if name not in found]
    if len(missing) > 1:
        raise FeedError(f"The first line must name the columns (upc, qty, price); it holds {_shown(header)}.")
    if missing:
        raise FeedError(f"No column for {missing[0]} is named in the first line: it holds {_shown(header)}.")
    return Columns(found["upc"], found["qty"], found.get("price"), found.get("store"), len(header))


def _found(header: list[str]) -> dict[str, int]:
    names = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in header]
    found = {}
    for value, aliases in _ALIASES.items():
        at = next((names.index(alias) for alias in aliases if alias in names), None)
        if at is not None:
            found[value] = at
    return found


def _shown(header: list[str]) -> str:
    names = [repr(name[:_LONGEST_SHOWN]) for name in header[:_MOST_SHOWN]]
    return ", ".join(names) + (", …" if len(header) > _MOST_SHOWN else "")
