"""The labels of products in one store, for whoever takes an order there: `gates` judges what is read here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from pushcart.catalog.models import BlockedPath, Product
from pushcart.companies.models import Dealer
from pushcart.eligibility.check import check
from pushcart.inventory.models import Freshness
from pushcart.inventory.queries import Available, available
from pushcart.kit import clock
from pushcart.locator.gates import PATHS, Counter, Label, Shelf, blocked, is_stale, judge, offers

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pushcart.companies.models import Company
    from pushcart.stores.models import Store

__all__ = ["PATHS", "Label", "labels", "labels_of"]

_NOTHING = Available(qty=0, price=None)


def labels(
    store: Store, upc: str, *, brand: Company | None = None, at: datetime | None = None, test: bool = False
) -> dict[str, Label]:
    """The label of each path of `PATHS` for one product; see `labels_of`."""
    return labels_of(store, [upc], brand=brand, at=at, test=test)[upc]


def labels_of(
    store: Store,
    upcs: Iterable[str],
    *,
    brand: Company | None = None,
    at: datetime | None = None,
    test: bool = False,
) -> dict[str, dict[str, Label]]:
    """The label of each path for each product of a basket, by canonical UPC.

    Args:
        store: With its company's id.
        upcs: Canonical; one that nobody knows gets labels too, all shut.
        brand: On whose site the shopper is: it must show this retailer. None: each product's own brand.
        at: The moment, now by default.
        test: For a test order, which goes to the retailer's endpoint for tests.
    """
    at, upcs = at or clock.now(), list(upcs)
    counter = _counter(store, at, test=test)
    return {upc: judge(counter, shelf) for upc, shelf in _shelves(store, upcs, brand).items()}


def _counter(store: Store, at: datetime, *, test: bool) -> Counter:
    return Counter(
        standing=check(store, at, test=test),
        stale=is_stale(Freshness.objects.filter(store=store).values_list("fed_at", flat=True).first(), at),
        offers=offers(bopis=store.bopis, ropis=store.ropis, delivery=store.delivery, curbside=store.curbside),
    )


def _shelves(store: Store, upcs: list[str], brand: Company | None) -> dict[str, Shelf]:
    brand_of = dict(Product.objects.filter(upc__in=upcs).values_list("upc", "brand_id"))
    shown_by = _brands_showing(store)
    shut = _blocked(store, upcs)
    stock = available(store.pk, upcs)
    return {
        upc: Shelf(
            known=upc in brand_of,
            shown=(brand.pk if brand else brand_of.get(upc)) in shown_by,
            qty=stock.get(upc, _NOTHING).qty,
            price=stock.get(upc, _NOTHING).price,
            blocked=blocked(frozenset(shut.get(upc, ()))),
        )
        for upc in upcs
    }


def _brands_showing(store: Store) -> set[int]:
    shown = Dealer.objects.filter(retailer_id=store.company_id, authorized=True)
    return set(shown.values_list("brand_id", flat=True))


def _blocked(store: Store, upcs: list[str]) -> dict[str, set[str]]:
    here = Q(retailer=None) | Q(retailer_id=store.company_id)
    by_upc: dict[str, set[str]] = {}
    for upc, path in BlockedPath.objects.filter(here, product__upc__in=upcs).values_list("product__upc", "path"):
        by_upc.setdefault(upc, set()).add(path)
    return by_upc
