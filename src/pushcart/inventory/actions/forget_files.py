from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q

from pushcart.inventory.feed.keep import drop
from pushcart.inventory.models import Import
from pushcart.kit import clock
from pushcart.kit.sheets.spool import folder

if TYPE_CHECKING:
    from pathlib import Path

_AT_ONCE = 1000
# A file may be there before the transaction that knows of it has ended. By the machine's time, which is the disk's.
_SURELY_KNOWN_SECONDS = 86_400


def forget_files() -> int:
    """Removes files and reports of feeds that are older than the operator keeps them, and counts the feeds.

    The records of the imports stay. Files that no import knows of go too.
    """
    until = clock.now() - timedelta(days=settings.FEED_KEEP_DAYS)
    old = Import.objects.filter(kept=True, finished_at__lt=until).order_by("id").values_list("pk", flat=True)
    forgotten = list(old[:_AT_ONCE])
    for import_id in forgotten:
        drop(import_id)
    Import.objects.filter(pk__in=forgotten).update(kept=False)
    return len(forgotten) + _forget_orphans()


def _forget_orphans() -> int:
    until = time.time() - _SURELY_KNOWN_SECONDS
    old = [path for path in folder().iterdir() if _written(path) < until]
    imports = {int(number) for path in old if (number := _number(path)).isdecimal()}
    known = Q(kept=True) | Q(state__in=[Import.State.RECEIVED, Import.State.RUNNING])
    orphans = imports - set(Import.objects.filter(known, pk__in=imports).values_list("pk", flat=True))
    for import_id in orphans:
        drop(import_id)
    # What a reader unpacked and was killed over.
    unpacked = [path for path in old if path.suffix == ".part"]
    for path in unpacked:
        path.unlink(missing_ok=True)
    return len(orphans) + len(unpacked)


def _number(path: Path) -> str:
    """Of the import: `7.feed`, `7.report.csv`."""
    return path.name.partition(".")[0]


def _written(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:  # its import was forgotten this moment
        return time.time()
