"""What may be promised to a shopper: which ways of buying are open for a product in a store, and why another is not.

Labels and orders pass the same gates (contract, section 5), so that nothing is shown that can't be bought.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from pushcart.catalog.models import Product
from pushcart.companies.models import Dealer
from pushcart.eligibility.check import check
from pushcart.inventory.models import Freshness
from pushcart.inventory.queries import available
from pushcart.kit import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pushcart.companies.models import Company
    from pushcart.inventory.queries import Available
    from pushcart.stores.models import Store

# Curbside is a pickup at the car: open where pickup is, and where the store comes out.
PATHS = ("bopis", "ropis", "delivery", "curbside")


@dataclass(frozen=True)
class Label:
    """Whether one path is open.

    Attributes:
        code: Of the first gate that is shut, empty where the path is open: `product_unknown`, `dealer_not_authorized`,
            one of eligibility's (`store_closed`, `tax_rate_missing`, …), `out_of_stock`, `stock_stale`, `price_missing`
            or `path_off`.
        reason: The same as a sentence.
    """

    allowed: bool
    reason: str = ""
    code: str = ""


class _Gate(NamedTuple):
    code: str
    reason: str


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
    products = {product.upc: product for product in Product.objects.filter(upc__in=upcs)}
    stock = available(store.pk, upcs)
    whole_store = [*_broken(store, at, test=test), *_stale(store, at)]
    dealer_of = _dealer_of(store)
    return {
        upc: _by_path(
            store,
            [*_unknown(products.get(upc), brand, dealer_of), *whole_store, *_missing(stock.get(upc))],
        )
        for upc in upcs
    }


def _broken(store: Store, at: datetime, *, test: bool) -> Iterator[_Gate]:
    """Without Buy it Locally nothing can be ordered, not even a reservation: it is the programme that takes orders."""
    answer = check(store, at, test=test)
    if not answer.standard:
        yield _Gate(answer.reasons[0].code, answer.reasons[0].message)


def _stale(store: Store, at: datetime) -> Iterator[_Gate]:
    fed_at = Freshness.objects.filter(store=store).values_list("fed_at", flat=True).first()
    limit = settings.STOCK_MAX_AGE_HOURS
    if fed_at is None or at - fed_at >= timedelta(hours=limit):
        yield _Gate("stock_stale", f"The store's stock was not told in the last {limit} hours.")


def _dealer_of(store: Store) -> set[int]:
    """The brands that show this retailer's stores."""
    shown = Dealer.objects.filter(retailer_id=store.company_id, authorized=True)
    return set(shown.values_list("brand_id", flat=True))


def _unknown(product: Product | None, brand: Company | None, dealer_of: set[int]) -> Iterator[_Gate]:
    if product is None:
        yield _Gate("product_unknown", "No product has this UPC.")
    elif (brand.pk if brand else product.brand_id) not in dealer_of:
        yield _Gate("dealer_not_authorized", "The brand does not show this retailer's stores.")


def _missing(stock: Available | None) -> Iterator[_Gate]:
    if stock is None or stock.qty < 1:
        yield _Gate("out_of_stock", "The store has none left.")
    elif stock.price is None:
        yield _Gate("price_missing", "Neither the store nor the brand has told a price.")


def _by_path(store: Store, shut: list[_Gate]) -> dict[str, Label]:
    return {path: _label([*shut, *_off(store, path)]) for path in PATHS}


def _off(store: Store, path: str) -> Iterator[_Gate]:
    active = {
        "bopis": store.bopis,
        "ropis": store.ropis,
        "delivery": store.delivery,
        "curbside": store.bopis and store.curbside,
    }
    if not active[path]:
        yield _Gate("path_off", "The store does not offer this.")


def _label(shut: list[_Gate]) -> Label:
    return Label(allowed=not shut, reason=shut[0].reason if shut else "", code=shut[0].code if shut else "")
