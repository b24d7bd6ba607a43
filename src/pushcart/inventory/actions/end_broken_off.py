from __future__ import annotations

from datetime import timedelta

from pushcart.inventory import lock
from pushcart.inventory.actions.receive_feed import NOT_WHOLE
from pushcart.inventory.feed.keep import drop
from pushcart.inventory.models import Import
from pushcart.kit import clock

# Between an import's row and its lock lie no more than milliseconds.
_SURELY_LOCKED = timedelta(minutes=1)


def end_broken_off() -> int:
    """Ends the imports whose file did not come in whole because whoever received it is gone, and counts them.

    What is on the disk of it is removed. Whoever still receives one holds its lock, however long that takes.
    """
    since = clock.now() - _SURELY_LOCKED
    open_ones = Import.objects.filter(state=Import.State.RECEIVED, kept=False)
    broken = open_ones.filter(started_at__lt=since).order_by("pk").values_list("pk", flat=True)
    return sum(_end(import_id) for import_id in broken)


def _end(import_id: int) -> bool:
    with lock.reading(import_id) as alone:
        still = Import.objects.filter(pk=import_id, state=Import.State.RECEIVED, kept=False)
        if not alone or not still.exists():
            return False
        drop(import_id)
        # A dropped file is still in its folder, and comes again.
        ended = {"state": Import.State.FAILED, "error": NOT_WHOLE, "finished_at": clock.now(), "dropped": ""}
        return bool(still.update(**ended))
