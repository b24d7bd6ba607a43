"""What a search is asked for, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from pushcart.locator.distance import UNITS

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from pushcart.locator.calendar import Opening
    from pushcart.locator.gates import Label, Labels
    from pushcart.locator.place import Place
    from pushcart.locator.records import Product, Store

Unit = Literal["mi", "km"]
# A style's colours and sizes; the rest of them is left out.
MOST_PRODUCTS = 200
# `unknown`: the store's stock was never told; `stale`: too long ago to be promised (decision 0021).
Stock = Literal["in_stock", "out_of_stock", "stale", "unknown"]
Workflow = Literal["pushcart", "standard"]


class Wanted(NamedTuple):
    """A search. Without products it is for the stores that a brand shows.

    Attributes:
        place: Where from.
        upcs: Canonical; a store counts where it has any of them.
        style: All products of `brand_id` that bear it, besides `upcs`.
        color: Of the style's products only those in it; without a style, of all that are the brand's. In small letters.
        brand_id: On whose site the shopper is; None: each product's own brand decides which stores are shown.
        limit: Stores at most.
        offset: Stores to leave out, the nearest first.
        within_km: No further away; None: however far.
        in_stock: Only stores that have one of the products, in fresh stock. Without: all that are shown.
        paths: Only stores where one of the products can be bought in one of these ways; empty: in any or none.
        retailer_id: Only this retailer's stores.
        store_ids: Only these stores.
        counted: Hits are counted up to so many, the page's and those after it; 0: nobody asks how many there are.
    """

    place: Place
    upcs: tuple[str, ...] = ()
    style: str = ""
    color: str = ""
    brand_id: int | None = None
    limit: int = 10
    offset: int = 0
    within_km: float | None = None
    in_stock: bool = True
    paths: frozenset[str] = frozenset()
    retailer_id: int | None = None
    store_ids: frozenset[int] | None = None
    counted: int = 0

    @property
    def by_what_it_bears(self) -> bool:
        """Whether products are wanted by style or color, and not by their UPCs alone."""
        return bool(self.style or self.color)


class Offer(NamedTuple):
    """One of the products in one store.

    Attributes:
        product: None where nobody knows the UPC.
        qty: Pieces left after open orders.
        price: Minor units of the store's currency: its own, else the product's MSRP where its brand counts in the same.
        labels: By path (`gates.PATHS`), each with the reason where it is shut.
        shown: The brand shows this retailer's stores.
    """

    upc: str
    product: Product | None
    qty: int
    price: int | None
    stock: Stock
    labels: Labels
    shown: bool


class Hit(NamedTuple):
    """A store that was found.

    Attributes:
        km: From the place, as the crow flies.
        opening: Whether it is open now, when it closes or opens.
        counted_at: When its stock was last told in full; None: never. What a delta told since is newer.
        age: Of that count.
        workflow: By which orders are taken there now: `pushcart`, `standard`, or None where none are.
        answers_by: By when the store answers an order placed now; None where none can be placed.
        offers: One for each product wanted, in the order wanted; empty where none was.
    """

    store: Store
    km: float
    opening: Opening
    counted_at: datetime | None
    age: timedelta | None
    workflow: Workflow | None
    answers_by: datetime | None
    offers: tuple[Offer, ...]

    def distance(self, unit: Unit) -> float:
        """In miles or kilometres, to the hundredth."""
        return round(self.km / UNITS[unit], 2)

    @property
    def stock(self) -> Stock:
        """The best of its offers'."""
        if len(self.offers) == 1:
            return self.offers[0].stock
        states = {offer.stock for offer in self.offers}
        order: tuple[Stock, ...] = ("in_stock", "stale", "out_of_stock")
        return next((state for state in order if state in states), "unknown")

    def label(self, path: str) -> Label | None:
        """The first of its offers' that is open, else the first; None without products."""
        labels = [offer.labels[path] for offer in self.offers]
        return next((label for label in labels if label.allowed), labels[0] if labels else None)


@dataclass(slots=True)
class Found:
    """The answer.

    Attributes:
        at: The moment for which it holds.
        products: Those wanted that are known, in the order wanted.
        hits: The nearest first; of equally near ones the one with the lower id.
        total: Stores that would be found without a page's bounds, as far as they were counted (`Wanted.counted`).
        source: Who answered: the index in this process, or the database.
    """

    wanted: Wanted
    at: datetime
    products: tuple[Product, ...]
    hits: list[Hit] = field(default_factory=list)
    total: int = 0
    source: Literal["index", "sql"] = "sql"
