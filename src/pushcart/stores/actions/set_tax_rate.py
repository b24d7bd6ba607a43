from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pushcart.kit import clock
from pushcart.stores.errors import StoreError
from pushcart.stores.models import TaxRate

if TYPE_CHECKING:
    from datetime import datetime

    from pushcart.stores.models import Store

_FINEST = -5  # digits behind the point that the column keeps
# The highest combined sales tax of the United States stands below 14 %, the highest VAT of the world at 27 %.
_HIGHEST = Decimal("0.30")


def set_tax_rate(store: Store, rate: Decimal, *, valid_from: datetime | None = None) -> TaxRate:
    """The store's sales tax from a moment on, now by default; the rates before it stay what they were.

    Raises:
        StoreError: no rate, or more likely one that was meant in percent.
    """
    if not rate.is_finite() or rate < 0:
        raise StoreError("rate", f"{rate} is no tax rate.")
    if rate > _HIGHEST:
        raise StoreError("rate", f"{rate} as a tax rate is {rate * 100:f} %: for 7.25 % write 0.0725.")
    if int(rate.normalize().as_tuple().exponent) < _FINEST:
        raise StoreError("rate", f"{rate} is finer than a thousandth of a percent.")
    found, _ = TaxRate.objects.update_or_create(
        store=store, valid_from=valid_from or clock.now(), defaults={"rate": rate}
    )
    return found
