"""One search held against one store after the other: is it wanted, and what is a shopper told of it?"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from django.conf import settings

from pushcart.locator.found import Hit, Offer
from pushcart.locator.gates import Counter, Shelf, judge, out_of_reach, shut_by, stale_since

if TYPE_CHECKING:
    from datetime import datetime

    from pushcart.locator.found import Stock, Wanted, Workflow
    from pushcart.locator.records import Product, Store

# What stands on shelves: (store id, UPC) -> pieces left, and the store's own price. One that no feed named is missing.
Shelves = dict[tuple[int, str], tuple[int, int | None]]

_NOTHING = (0, None)
_NEVER_OPENS = ("never_opens", "The store does not open long enough to answer an order.")


class Question:
    """A search, with all that is the same for every store."""

    def __init__(
        self,
        wanted: Wanted,
        at: datetime,
        upcs: tuple[str, ...],
        products: dict[str, Product],
        dealers: dict[int, frozenset[int]],
    ) -> None:
        self.wanted, self.at, self.upcs, self.products, self.dealers = wanted, at, upcs, products, dealers
        self.retailers = _whose(wanted, list(dealers.values()))  # whose stores may be found
        self.stale_since = stale_since(at)

    @cached_property
    def _windows(self) -> dict[Workflow, timedelta]:
        return {"pushcart": window_of("pushcart"), "standard": window_of("standard")}

    def hit(self, store: Store, km: float, shelves: Shelves) -> Hit | None:
        """The store, with all that is told of it; None where it isn't one of those wanted."""
        if not self._may_be_found(store, km):
            return None
        at, fed_at, calendar = self.at, store.facts.fed_at, store.calendar
        standing = store.standing(at)
        workflow: Workflow | None = "pushcart" if standing.pushcart else "standard" if standing.standard else None
        answers_by = calendar.after(at, self._windows[workflow]) if workflow else None
        counter = Counter(standing, fed_at is None or fed_at <= self.stale_since, store.offers)
        offers = tuple([self._offer(store, km, counter, upc, shelves, answers_by=answers_by) for upc in self.upcs])
        if not self._has_what_is_wanted(offers):
            return None
        counted_at = store.facts.counted_at
        age = None if counted_at is None else at - counted_at
        return Hit(store, km, calendar.at(at), counted_at, age, workflow, answers_by, offers)

    def _may_be_found(self, store: Store, km: float) -> bool:
        wanted, facts = self.wanted, store.facts
        return (
            not facts.closed
            and facts.company_id in self.retailers
            and (wanted.within_km is None or km <= wanted.within_km)
            and (wanted.store_ids is None or facts.store_id in wanted.store_ids)
        )

    def _offer(
        self, store: Store, km: float, counter: Counter, upc: str, shelves: Shelves, *, answers_by: datetime | None
    ) -> Offer:
        qty, own_price = shelves.get((store.facts.store_id, upc), _NOTHING)
        product = self.products.get(upc)
        shelf = self._shelf(store, product, qty, own_price)
        labels = judge(counter, shelf)
        if labels.open:
            if answers_by is None:
                labels = shut_by(*_NEVER_OPENS)
            elif km > store.delivery_radius_km and "delivery" in labels.open:
                labels = out_of_reach(counter.offers, shelf.blocked, store.delivery_radius_km)
        if store.facts.fed_at is None:
            stock: Stock = "unknown"
        else:
            stock = "out_of_stock" if qty < 1 else "stale" if counter.stale else "in_stock"
        return Offer(upc, product, qty, shelf.price, stock, labels, shelf.shown)

    def _shelf(self, store: Store, product: Product | None, qty: int, own_price: int | None) -> Shelf:
        if product is None:
            return Shelf(known=False, shown=False, qty=qty, price=own_price)
        price, retailer = own_price, store.facts.company_id
        if price is None and product.brand_currency == store.currency:
            price = product.msrp
        shown = retailer in self.dealers.get(self.wanted.brand_id or product.brand_id, ())
        return Shelf(known=True, shown=shown, qty=qty, price=price, blocked=product.blocked_at(retailer))

    def _has_what_is_wanted(self, offers: tuple[Offer, ...]) -> bool:
        in_stock, paths = self.wanted.in_stock, self.wanted.paths
        for offer in offers:
            in_question = offer.shown and (not in_stock or offer.stock == "in_stock")
            if in_question and (not paths or not paths.isdisjoint(offer.labels.open)):
                return True
        return not self.upcs


def _whose(wanted: Wanted, shown: list[frozenset[int]]) -> frozenset[int]:
    each = shown[0] if len(shown) == 1 else frozenset[int]().union(*shown)
    return each if wanted.retailer_id is None else each & {wanted.retailer_id}


def window_of(workflow: Workflow) -> timedelta:
    """How much store-open time a store has to decide (the announcement, 4; contract, section 5)."""
    pushed = workflow == "pushcart"
    return timedelta(minutes=settings.PUSHCART_WINDOW_MINUTES if pushed else settings.STANDARD_WINDOW_MINUTES)
