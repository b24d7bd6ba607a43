"""The parts of an order while it is being placed: what one store is asked for, with every amount worked out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pushcart.carts.order import Item
    from pushcart.catalog.models import Product
    from pushcart.stores.models import Store


@dataclass(frozen=True, slots=True)
class PricedLine:
    """Amounts in minor units of the store's currency; `shipping` is the line's part of the delivery fee."""

    position: int
    item: Item
    product: Product
    price_per_unit: int
    tax_per_unit: int
    tax: int
    shipping: int
    tax_included: bool = False  # the price holds the tax already

    @property
    def subtotal(self) -> int:
        return self.price_per_unit * self.item.qty

    @property
    def total(self) -> int:
        return self.subtotal + (0 if self.tax_included else self.tax) + self.shipping


@dataclass(frozen=True, slots=True)
class Window:
    """A promised delivery, from and until."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """What one store is asked for: a cart to be."""

    store: Store
    workflow: str
    lines: tuple[PricedLine, ...]
    delivery: Window | None
