from __future__ import annotations

import csv
import io
from itertools import islice
from typing import TYPE_CHECKING

from pushcart.inventory.models import Sellable
from pushcart.kit.money import major
from pushcart.locator.labels import labels_of
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pushcart.companies.models import Company
    from pushcart.locator.gates import Label

HEADER = ("store_code", "id", "quantity", "price", "availability", "pickup_method", "pickup_sla")
# Google calls one and two pieces limited (its local inventory feed's "availability").
_LIMITED = 3
_PAGE = 5000

_Row = tuple[str, int, int | None]  # UPC, pieces, price


def export_local_inventory(company: Company) -> Iterator[bytes]:
    """What a retailer's stores can sell, as Google's local inventory feed: tab-separated, store by store.

    `store_code` is the retailer's own number and `id` the UPC; a price stands where the store's feed told one. Pickup
    is said as a shopper would find it now (`locator.gates`): `buy` where it is paid online, `reserve` where it is paid
    at the store, `not supported` where the product can't be had that way.
    """
    yield _lines([HEADER])
    for store in Store.objects.filter(company=company, closed=False).order_by("number"):
        shelf = Sellable.objects.filter(store=store).order_by("upc").values_list("upc", "qty", "price")
        for page in _pages(shelf.iterator(_PAGE)):
            yield _lines(_told(store, page, company.currency))


def _pages(rows: Iterator[_Row]) -> Iterator[list[_Row]]:
    while page := list(islice(rows, _PAGE)):
        yield page


def _told(store: Store, page: list[_Row], currency: str) -> Iterator[tuple[object, ...]]:
    labels = labels_of(store, [upc for upc, qty, _ in page if qty])
    for upc, qty, price in page:
        told = "" if price is None else f"{major(price, currency)} {currency.upper()}"
        yield store.number, upc, qty, told, _availability(qty), *_pickup(labels.get(upc))


def _pickup(labels: dict[str, Label] | None) -> tuple[str, str]:
    if labels and labels["bopis"].allowed:
        return "buy", "same day"
    return ("reserve", "same day") if labels and labels["ropis"].allowed else ("not supported", "")


def _availability(qty: int) -> str:
    if qty >= _LIMITED:
        return "in_stock"
    return "limited_availability" if qty else "out_of_stock"


def _lines(rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
