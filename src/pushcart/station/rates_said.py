"""Tax rates as the set-up page's form says them: in percent, for chosen stores, from a day on."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction

from pushcart.kit import clock
from pushcart.stores.actions.set_tax_rate import set_tax_rate
from pushcart.stores.errors import StoreError
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from django.http import QueryDict

    from pushcart.companies.models import Company


class RatesError(ValueError):
    """What was filled in can't be; the message is a sentence."""


def set_rates(company: Company, form: QueryDict) -> None:
    """Writes `rate` (percent) for the stores `store`, all of them or none.

    From `day` on (YYYY-MM-DD, at each store's midnight), or from now on where that is empty or today.

    Raises:
        RatesError: see there; nothing was written.
    """
    rate, day = _rate(form.get("rate", "")), _day(form.get("day", ""))
    chosen = [int(pk) for pk in form.getlist("store") if pk.isascii() and pk.isdigit()]
    stores = list(Store.objects.filter(company=company, pk__in=chosen))
    if not stores:
        raise RatesError("Choose the stores that the rate is for.")
    with transaction.atomic():
        for store in stores:
            _set(store, rate, day)


def _rate(percent: str) -> Decimal:
    try:
        return Decimal(percent.strip().removesuffix("%").strip().replace(",", ".")) / 100
    except InvalidOperation:
        raise RatesError(f"{percent!r} is no rate: write 8.25 for 8.25 %.") from None


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said.strip()) if said.strip() else None
    except ValueError:
        raise RatesError(f"{said!r} is no day: write it as 2027-01-31.") from None


def _set(store: Store, rate: Decimal, day: date | None) -> None:
    zone, now = ZoneInfo(store.timezone), clock.now()
    today = now.astimezone(zone).date()
    if day is not None and day < today:
        raise RatesError(f"{day} is past: orders keep the rate that they were placed with.")
    begins = now if day is None or day == today else datetime.combine(day, time.min, zone)
    try:
        set_tax_rate(store, rate, valid_from=begins)
    except StoreError:
        raise RatesError(f"{(rate * 100).normalize():f} % is no sales tax rate: write 8.25 for 8.25 %.") from None
