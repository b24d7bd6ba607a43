"""Which column of a feed holds what, by the names that tills and spreadsheets give them (contract, section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushcart.kit.sheets.header import Vocabulary

if TYPE_CHECKING:
    from pushcart.kit.sheets.header import Header

# The better name first: a feed with both `qty` and `stock` means `qty`.
_ALIASES = {
    "upc": (
        *("upc", "gtin", "ean", "barcode", "upccode", "upcean", "eanupc", "upcgtin", "gtinupc", "upca", "ean13"),
        *("gtin12", "gtin13", "gtin14", "upcnumber", "barcodenumber", "productupc", "itemupc", "eancode", "gtinean"),
        *("eangtin", "codebarre", "codigodebarras", "scancode", "scanbarcode", "primaryupc", "mainupc"),
        *("variantbarcode", "gtinupceanorisbn"),  # as web shops export them
    ),
    # Google's local inventory feed: a product's number only where a store's code stands beside it.
    "id": ("id",),
    "qty": (
        *("qty", "quantity", "onhand", "qoh", "qtyonhand", "quantityonhand", "onhandqty", "onhandquantity", "qtyoh"),
        *("stock", "stockqty", "stocklevel", "available", "availableqty", "qtyavailable", "instock", "inventory"),
        *("stockquantity", "quantityavailable", "availablequantity", "onhandunits", "units", "soh", "stockonhand"),
        *("menge", "bestand", "lagerbestand", "quantite", "cantidad", "voorraad", "giacenza"),
        "variantinventoryqty",
    ),
    "price": (
        *("price", "storeprice", "currentprice", "sellingprice", "sellprice", "retailprice", "retail", "unitprice"),
        *("regularprice", "ourprice", "salesprice", "verkaufspreis", "preis", "vk", "prix", "precio", "prijs"),
        "variantprice",
    ),
    "store": (
        *("store", "storenumber", "storeno", "storenum", "storecode", "storeid", "location", "locationid"),
        *("locationcode", "vendorid", "branch", "shop", "outlet", "site", "siteid", "warehouse", "locationnumber"),
        *("branchcode", "branchnumber", "filiale", "magasin", "tienda", "filiaal"),
    ),
    "availability": ("availability",),
}

FEED = Vocabulary(
    _ALIASES,
    needs=(
        (frozenset({"upc"}), frozenset({"id", "store"})),
        (frozenset({"qty"}), frozenset({"availability"})),
    ),
    example="upc, qty, price",
)


@dataclass(frozen=True)
class Columns:
    """Where each value stands in a row, counted from 0, and how many values the header has."""

    upc: int
    qty: int | None  # none: the availability says it (Google's local inventory)
    price: int | None
    store: int | None
    availability: int | None
    width: int

    @classmethod
    def of(cls, header: Header) -> Columns:
        at = header.places
        upc = at["upc"] if "upc" in at else at["id"]
        places = {name: at.get(name) for name in ("qty", "price", "store", "availability")}
        return cls(upc, width=header.width, **places)
