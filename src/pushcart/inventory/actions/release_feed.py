from __future__ import annotations

from django.db import transaction

from pushcart.inventory import lock
from pushcart.inventory.actions.apply_snapshot import apply_snapshot
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.feed.staging import Staged, stage, staging
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
        with staging():
            stage(Staged(0, held.store_id, *row) for held in waiting for row in held.rows)
            for held in waiting:
                feed.changed += apply_snapshot(feed, held.store_id, force=True).changed
        feed.held.all().delete()
        feed.state, feed.error, feed.finished_at = Import.State.DONE, "", clock.now()
        feed.save()
    return feed
