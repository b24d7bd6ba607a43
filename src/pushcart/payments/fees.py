"""The operator's fee of a line (decision 0111)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings

from pushcart.kit import clock
from pushcart.kit.money import half_up, step
from pushcart.payments.models import FeeRate

if TYPE_CHECKING:
    from datetime import datetime

    from pushcart.companies.models import Company

_WHOLE = 10_000  # basis points


@dataclass(frozen=True)
class Fee:
    """Minor units, and until when a refund gives its part of them back: None where none does."""

    amount: int
    back_until: datetime | None


def fee_of(company: Company, amount: int, currency: str) -> Fee:
    """The fee on a line of `amount` that is ordered now: the retailer's own rate, else the operator's default."""
    now = clock.now()
    rate = FeeRate.objects.filter(company=company, valid_from__lte=now).order_by("-valid_from").first()
    points = settings.FEE_BASIS_POINTS if rate is None else rate.basis_points
    back_days = settings.FEE_BACK_DAYS if rate is None else rate.back_days
    fee = half_up(Decimal(amount * points) / _WHOLE, to=step(currency))
    return Fee(fee, now + timedelta(days=back_days) if fee and back_days else None)
