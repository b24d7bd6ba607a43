"""One search held against one store after the other: is it wanted, and what is a shopper told of it?"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from django.conf import settings

from pushcart.locator.found import Hit, Offer
from pushcart.locator.gates import Counter, Label, Shelf, is_stale, judge, shut_by

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
        self._windows: dict[Workflow, timedelta] = {
            "pushcart": window_of("pushcart"),
            "standard": window_of("standard"),
        }

    @cached_property
    def retailers(self) -> frozenset[int]:
        """Those whose stores may be found."""
        each = list(self.dealers.values())
        shown = each[0] if len(each) == 1 else frozenset[int]().union(*each)
        return shown if self.wanted.retailer_id is None else shown & {self.wanted.retailer_id}

    def hit(self, store: Store, km: float, shelves: Shelves) -> Hit | None:
        """The store, with all that is told of it; None where it isn't one of those wanted."""
        if not self._may_be_found(store, km):
            return None
        standing = store.standing(self.at)
        workflow: Workflow | None = "pushcart" if standing.pushcart else "standard" if standing.standard else None
        answers_by = store.calendar.after(self.at, self._windows[workflow]) if workflow else None
        fed_at = store.facts.fed_at
        stale = is_stale(fed_at, self.at)
        counter = Counter(standing, stale, store.offers)
        out_of_reach = km > store.delivery_radius_km
        offers = []
        for upc in self.upcs:
            qty, own_price = shelves.get((store.facts.store_id, upc), _NOTHING)
            shelf = self._shelf(store, upc, qty, own_price)
            labels = judge(counter, shelf)
            if labels["ropis"].allowed or labels["bopis"].allowed or labels["delivery"].allowed:
                if answers_by is None:
                    labels = shut_by(*_NEVER_OPENS)
                elif out_of_reach and labels["delivery"].allowed:
                    labels = labels | {"delivery": _too_far(store)}
            stock: Stock = (
                "unknown" if fed_at is None else "out_of_stock" if qty < 1 else "stale" if stale else "in_stock"
            )
            offers.append(Offer(upc, self.products.get(upc), qty, shelf.price, stock, labels, shown=shelf.shown))
        if not self._has_what_is_wanted(offers):
            return None
        age = None if fed_at is None else self.at - fed_at
        opening = store.calendar.at(self.at)
        return Hit(store, km, opening, fed_at, age, workflow, answers_by, tuple(offers))

    def _may_be_found(self, store: Store, km: float) -> bool:
        wanted = self.wanted
        return (
            not store.facts.closed
            and store.facts.company_id in self.retailers
            and (wanted.within_km is None or km <= wanted.within_km)
            and (wanted.store_ids is None or store.facts.store_id in wanted.store_ids)
        )

    def _shelf(self, store: Store, upc: str, qty: int, own_price: int | None) -> Shelf:
        product, retailer = self.products.get(upc), store.facts.company_id
        if product is None:
            return Shelf(known=False, shown=False, qty=qty, price=own_price)
        price = own_price
        if price is None and product.brand_currency == store.currency:
            price = product.msrp
        shown = retailer in self.dealers.get(self.wanted.brand_id or product.brand_id, ())
        return Shelf(known=True, shown=shown, qty=qty, price=price, blocked=product.blocked_at(retailer))

    def _has_what_is_wanted(self, offers: list[Offer]) -> bool:
        if not offers:
            return not self.upcs
        wanted = self.wanted
        return any(
            offer.shown
            and (not wanted.in_stock or offer.stock == "in_stock")
            and (not wanted.paths or any(offer.labels[path].allowed for path in wanted.paths))
            for offer in offers
        )


def window_of(workflow: Workflow) -> timedelta:
    """How much store-open time a store has to decide (the announcement, 4; contract, section 5)."""
    pushed = workflow == "pushcart"
    return timedelta(minutes=settings.PUSHCART_WINDOW_MINUTES if pushed else settings.STANDARD_WINDOW_MINUTES)


def _too_far(store: Store) -> Label:
    return Label(
        allowed=False, reason=f"The store delivers up to {store.delivery_radius_km:g} km.", code="out_of_reach"
    )
