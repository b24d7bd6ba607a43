from __future__ import annotations

import io

import polars as pl
from django.db import transaction

from pushcart.inventory.actions.apply_parts import apply_parts
from pushcart.inventory.held import waiting
from pushcart.inventory.models import Import
from pushcart.kit import clock


def release_feed(import_id: int, *, by: str = "") -> Import:
    """Lets a held feed count after all, in every store where it waits, as if it had gone in when it came.

    What was ordered and hidden since it came stays so. Eligibility is renewed by whoever calls, or by the timetable.

    Args:
        import_id: The held import.
        by: Who says so, for people.

    Raises:
        FeedError: there is no such import, or nothing of it waits.
    """
    with transaction.atomic():
        feed, held = waiting(import_id)
        told = {part.store_id: pl.read_parquet(io.BytesIO(part.rows)) for part in held}
        apply_parts(feed, told, force=True)
        feed.held.all().delete()
        decided = {"state": Import.State.DONE, "error": "", "decided_by": by[:120], "finished_at": clock.now()}
        Import.objects.filter(pk=import_id).update(**decided)
        feed.refresh_from_db()
    return feed
