from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.catalog.gtin import GtinError, canonical
from pushcart.catalog.models import Product

if TYPE_CHECKING:
    from collections.abc import Iterable


_AT_A_TIME = 10_000


def known(numbers: Iterable[int]) -> set[int]:
    """Those of these GTINs' numbers under which a product is kept."""
    upcs = [f"{number:012}" for number in numbers]
    found: set[int] = set()
    for start in range(0, len(upcs), _AT_A_TIME):
        some = Product.objects.filter(upc__in=upcs[start : start + _AT_A_TIME])
        found.update(map(int, some.values_list("upc", flat=True)))
    return found


def find(upc: str) -> Product | None:
    """The product that goes by this GTIN, however it is written; None where nobody knows it."""
    try:
        return Product.objects.select_related("brand").filter(upc=canonical(upc)).first()
    except GtinError:
        return None
