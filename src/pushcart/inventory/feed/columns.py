"""Which column of a feed holds what, by the names that tills and spreadsheets give them (contract, section 4)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pushcart.inventory.feed.cells import cells_of
from pushcart.inventory.feed.errors import FeedError

SEPARATORS = (",", "\t", ";", "|")
# Titles, dates and empty lines that a report may have above its header.
MOST_ABOVE = 40

# The better name first: a feed with both `qty` and `stock` means `qty`.
_ALIASES = {
    "upc": (
        *("upc", "gtin", "ean", "barcode", "upccode", "upcean", "eanupc", "upcgtin", "gtinupc", "upca", "ean13"),
        *("gtin12", "gtin13", "gtin14", "upcnumber", "barcodenumber", "productupc", "itemupc", "eancode", "gtinean"),
        *("eangtin", "codebarre", "codigodebarras", "scancode", "scanbarcode", "primaryupc", "mainupc"),
        # Google's local inventory feed: only where a store's code stands beside it, else it may number anything.
        "id",
    ),
    "qty": (
        *("qty", "quantity", "onhand", "qoh", "qtyonhand", "quantityonhand", "onhandqty", "onhandquantity", "qtyoh"),
        *("stock", "stockqty", "stocklevel", "available", "availableqty", "qtyavailable", "instock", "inventory"),
        *("stockquantity", "quantityavailable", "availablequantity", "onhandunits", "units", "soh", "stockonhand"),
        *("menge", "bestand", "lagerbestand", "quantite", "cantidad", "voorraad", "giacenza"),
    ),
    "price": (
        *("price", "storeprice", "currentprice", "sellingprice", "sellprice", "retailprice", "retail", "unitprice"),
        *("regularprice", "ourprice", "salesprice", "verkaufspreis", "preis", "vk", "prix", "precio", "prijs"),
    ),
    "store": (
        *("store", "storenumber", "storeno", "storenum", "storecode", "storeid", "location", "locationid"),
        *("locationcode", "vendorid", "branch", "shop", "outlet", "site", "siteid", "warehouse", "locationnumber"),
        *("branchcode", "branchnumber", "filiale", "magasin", "tienda", "filiaal"),
    ),
    "availability": ("availability",),
}
_WEB_PAGE = ("<!doctype html", "<html")
_MOST_SHOWN = 8
_LONGEST_SHOWN = 30


@dataclass(frozen=True)
class Columns:
    """Where each value stands in a row, counted from 0, and how many values the header has."""

    upc: int
    qty: int | None  # none: the availability says it (Google's local inventory)
    price: int | None
    store: int | None
    availability: int | None
    width: int


@dataclass(frozen=True)
class Header:
    """The line that names the columns; `line` counts from 1."""

    line: int
    separator: str
    columns: Columns


def find_header(head: str) -> Header:
    """The first line of the beginning that names a product and a quantity; what stands above it is passed over.

    Raises:
        FeedError: there is none.
    """
    lines = head.split("\n")[:MOST_ABOVE]
    for number, line in enumerate(lines, 1):
        separator, cells, found = _best(line)
        if "upc" in found and ("qty" in found or "availability" in found):
            places = {name: found.get(name) for name in ("qty", "price", "store", "availability")}
            return Header(number, separator, Columns(found["upc"], width=len(cells), **places))
    raise FeedError(_why_none([line for line in lines if line.strip()]))


def names_columns(head: str) -> bool:
    """Whether a header is in it."""
    try:
        find_header(head)
    except FeedError:
        return False
    return True


def _best(line: str) -> tuple[str, list[str], dict[str, int]]:
    """The separator under which the line names most of what we look for; a comma where none does."""
    ways = []
    for separator in SEPARATORS:
        cells = cells_of(line, separator) or [line]
        ways.append((separator, cells, _found(cells)))
    return max(ways, key=lambda way: len(way[2]))


def _found(header: list[str]) -> dict[str, int]:
    names = [_plain(name) for name in header]
    found = {}
    for value, aliases in _ALIASES.items():
        at = next((names.index(alias) for alias in aliases if alias in names), None)
        if at is not None:
            found[value] = at
    if "upc" in found and names[found["upc"]] == "id" and "store" not in found:
        del found["upc"]
    return found


def _plain(name: str) -> str:
    """Letters and digits alone: `Quantité (Stk.)` is `quantitestk`."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", name).lower())


def _why_none(lines: list[str]) -> str:
    if not lines:
        return "The file is empty."
    if lines[0].strip().lower().startswith(_WEB_PAGE):
        return "It is a web page, perhaps one that asks to log in: the file itself is needed."
    line = max(lines, key=lambda line: len(_best(line)[2]))  # the first of those that name most
    _, cells, found = _best(line)
    if not {"upc", "qty"} & set(found):
        return f"The first line must name the columns (upc, qty, price); it holds {_shown(cells)}."
    missing = "qty" if "upc" in found else "upc"
    return f"No column for {missing} is named in the first line: it holds {_shown(cells)}."


def _shown(header: list[str]) -> str:
    names = [repr(name[:_LONGEST_SHOWN]) for name in header[:_MOST_SHOWN]]
    return ", ".join(names) + (", …" if len(header) > _MOST_SHOWN else "")
