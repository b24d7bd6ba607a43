from __future__ import annotations

from pushcart.catalog.gtin import GtinError, canonical
from pushcart.catalog.models import Product


def find(upc: str) -> Product | None:
    """The product that goes by this GTIN, however it is written; None where nobody knows it."""
    try:
        return Product.objects.select_related("brand").filter(upc=canonical(upc)).first()
    except GtinError:
        return None
