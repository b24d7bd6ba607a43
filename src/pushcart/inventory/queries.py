from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushcart.catalog.models import Product
from pushcart.inventory.models import Sellable
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Available:
    """What a store can still sell of a product.

    Attributes:
        qty: Pieces on hand less those ordered since the last snapshot and less the store's safety stock; 0 where a
            clerk found none.
        price: The store's in minor units; where the feed brought none, the product's MSRP, if its brand counts in the
            store's currency; else None.
    """

    qty: int
    price: int | None


def available(store_id: int, upcs: Iterable[str]) -> dict[str, Available]:
    """What the store can still sell, by UPC; a product that its feeds never named is left out."""
    upcs = list(upcs)
    currency = Store.objects.filter(pk=store_id).values("company__currency")
    msrp = dict(Product.objects.filter(upc__in=upcs, brand__currency__in=currency).values_list("upc", "msrp"))
    stock = Sellable.objects.filter(store_id=store_id, upc__in=upcs).values_list("upc", "qty", "price")
    return {upc: Available(qty=qty, price=msrp.get(upc) if price is None else price) for upc, qty, price in stock}
