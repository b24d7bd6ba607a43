from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable


_AVAILABLE = """
SELECT line.upc, line.qty, coalesce(line.price, (
    SELECT product.msrp FROM catalog_product product JOIN companies_company brand ON brand.id = product.brand_id
    WHERE product.upc = line.upc AND brand.currency = company.currency))
FROM stores_store store
JOIN companies_company company ON company.id = store.company_id
CROSS JOIN LATERAL inventory_sellable_lines(store.id, %(upcs)s) line
WHERE store.id = %(store_id)s
"""


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
    with connection.cursor() as cursor:
        cursor.execute(_AVAILABLE, {"store_id": store_id, "upcs": sorted(set(upcs))})
        return {upc: Available(qty=qty, price=price) for upc, qty, price in cursor.fetchall()}
