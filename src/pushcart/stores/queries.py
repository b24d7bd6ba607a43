from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.stores.models import TaxRate

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from pushcart.stores.models import Store


def tax_rate(store: Store, at: datetime) -> Decimal | None:
    """The store's sales tax rate in force at `at` (0.07250 is 7.25 %); None where none is."""
    in_force = TaxRate.objects.filter(store=store, valid_from__lte=at).order_by("-valid_from")
    return in_force.values_list("rate", flat=True).first()
