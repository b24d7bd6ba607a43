from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from pushcart.inventory.models import Sellable
from pushcart.kit.money import major
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pushcart.companies.models import Company

HEADER = ("store_code", "id", "quantity", "price", "availability", "pickup_method", "pickup_sla")
# Google calls one and two pieces limited (its local inventory feed's "availability").
_LIMITED = 3
_PAGE = 5000


def export_local_inventory(company: Company) -> Iterator[bytes]:
    """What a retailer's stores can sell, as Google's local inventory feed: tab-separated, store by store.

    `store_code` is the retailer's own number and `id` the UPC; a price stands where the store's feed told one. Pickup
    is said where the store offers it: `buy` where it is paid online, `reserve` where it is paid at the store.
    """
    yield _lines([HEADER])
    for store in Store.objects.filter(company=company, closed=False).order_by("number"):
        pickup = _pickup(store)
        shelf = Sellable.objects.filter(store=store).order_by("upc").values_list("upc", "qty", "price")
        page = []
        for upc, qty, price in shelf.iterator(_PAGE):
            told = "" if price is None else f"{major(price, company.currency)} {company.currency.upper()}"
            page.append((store.number, upc, qty, told, _availability(qty), *pickup))
            if len(page) == _PAGE:
                yield _lines(page)
                page = []
        yield _lines(page)


def _pickup(store: Store) -> tuple[str, str]:
    if store.bopis:
        return "buy", "same day"
    return ("reserve", "same day") if store.ropis else ("not supported", "")


def _availability(qty: int) -> str:
    if qty >= _LIMITED:
        return "in_stock"
    return "limited_availability" if qty else "out_of_stock"


def _lines(rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
