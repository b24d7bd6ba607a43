from __future__ import annotations

from datetime import timedelta
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.db.models import F

from pushcart.events.record import record
from pushcart.inventory.models import Freshness
from pushcart.kit import clock


def warn_aging() -> int:
    """Records `inventory.aging` for the stores whose feed will soon be too old for PushCart; counts the stores.

    One event a retailer, with `{"store_ids", "stale_at"}`: the stores that have come of that age since the last look,
    and when the first of them goes off PushCart. Once for each snapshot.
    """
    warn_from = clock.now() - timedelta(hours=settings.FEED_WARN_HOURS)
    stale_from = clock.now() - timedelta(hours=settings.PUSHCART_FEED_MAX_AGE_HOURS)
    with transaction.atomic():
        aging = list(
            Freshness.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(fed_at__lte=warn_from, fed_at__gt=stale_from, store__pushcart=True, store__closed=False)
            .exclude(warned_snapshot=F("snapshot"))
            .select_related("store")
            .order_by("store__company_id", "fed_at", "store_id")
        )
        Freshness.objects.filter(pk__in=[one.pk for one in aging]).update(warned_snapshot=F("snapshot"))
        for company_id, ones in groupby(aging, key=lambda one: one.store.company_id):
            _tell(company_id, list(ones))
    return len(aging)


def _tell(company_id: int, aging: list[Freshness]) -> None:
    stale_at = aging[0].fed_at + timedelta(hours=settings.PUSHCART_FEED_MAX_AGE_HOURS)
    data = {"store_ids": [one.store_id for one in aging], "stale_at": stale_at.isoformat()}
    record("inventory.aging", companies=[company_id], data=data)
