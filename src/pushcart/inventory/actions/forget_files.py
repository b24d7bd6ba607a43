from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from pushcart.inventory.feed.keep import drop
from pushcart.inventory.models import Import
from pushcart.kit import clock

_AT_ONCE = 1000


def forget_files() -> int:
    """Removes files and reports of feeds that are older than the operator keeps them, and counts them.

    The records of the imports stay.
    """
    until = clock.now() - timedelta(days=settings.FEED_KEEP_DAYS)
    old = Import.objects.filter(kept=True, finished_at__lt=until).order_by("id").values_list("pk", flat=True)
    forgotten = list(old[:_AT_ONCE])
    for import_id in forgotten:
        drop(import_id)
    Import.objects.filter(pk__in=forgotten).update(kept=False)
    return len(forgotten)
