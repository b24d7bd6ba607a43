from __future__ import annotations

import io

import polars as pl
from django.db import transaction

from pushcart.inventory import lock
from pushcart.inventory.actions.apply_part import apply_part
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.models import Import
from pushcart.kit import clock


def release_feed(import_id: int) -> Import:
    """Lets a held feed count after all, in every store where it waits, as if it had gone in when it came.

    Raises:
        FeedError: there is no such import, or nothing of it waits.
    """
    with transaction.atomic():
        feed = Import.objects.filter(pk=import_id).first()
        if feed is None:
            raise FeedError(f"There is no import {import_id}.")
        for store_id in feed.held.order_by("store_id").values_list("store_id", flat=True):
            lock.own(store_id)
        feed.refresh_from_db()
        waiting = list(feed.held.order_by("store_id"))
        if not waiting:
            raise FeedError(f"Nothing of import {import_id} waits: {feed.error or f'it is {feed.state}.'}")
        for held in waiting:
            apply_part(feed, held.store_id, pl.read_parquet(io.BytesIO(held.rows)), force=True)
        feed.held.all().delete()
        Import.objects.filter(pk=import_id).update(state=Import.State.DONE, error="", finished_at=clock.now())
        feed.refresh_from_db()
    return feed
