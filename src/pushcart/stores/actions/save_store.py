from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from pushcart.stores.check import check
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from pushcart.companies.models import Company


def save_store(company: Company, number: str, **values: Any) -> Store:
    """Writes a retailer's store, new or known by its number; what `values` does not name stays as it is.

    Raises:
        StoreError: something told of the store can't be; it names the field, and the store is as it was.
        TypeError: a store has no such column.
    """
    number = number.strip()
    if strange := set(values) - _COLUMNS:
        raise TypeError(f"A store has no {', '.join(sorted(strange))}.")
    with transaction.atomic():
        store = Store.objects.select_for_update().filter(company=company, number=number).first()
        store = store or Store(company=company, number=number, **_REQUIRED)
        for name, value in values.items():
            setattr(store, name, value.strip() if isinstance(value, str) else value)
        check(store)
        store.save()
    return store


_COLUMNS = {
    *("name", "address", "city", "state", "zip", "country", "phone", "email", "lat", "lng", "timezone", "hours"),
    *("closed", "tax_included", "safety_stock", "pushcart", "bopis", "ropis", "curbside", "delivery"),
    *("delivery_radius_km", "delivery_fee", "delivery_lead_minutes", "delivery_hours"),
}
# Columns without a default: a new store that is not told them is refused by name.
_REQUIRED = {"name": "", "address": "", "city": "", "zip": "", "lat": 0.0, "lng": 0.0, "timezone": "", "hours": ""}
