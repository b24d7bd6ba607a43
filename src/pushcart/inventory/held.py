"""What of an import waits for a person's word, locked while the word is carried out."""

from __future__ import annotations

from pushcart.inventory import lock
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.models import Held, Import


def waiting(import_id: int) -> tuple[Import, list[Held]]:
    """The import and its parts that wait, by store. Their stores are the caller's until its transaction ends.

    Raises:
        FeedError: there is no such import, or nothing of it waits.
    """
    feed = Import.objects.filter(pk=import_id).first()
    if feed is None:
        raise FeedError(f"There is no import {import_id}.")
    for store_id in feed.held.order_by("store_id").values_list("store_id", flat=True):
        lock.own(store_id)
    feed.refresh_from_db()
    held = list(feed.held.order_by("store_id"))
    if feed.state != Import.State.HELD or not held:
        raise FeedError(f"Nothing of import {import_id} waits: {feed.error or f'it is {feed.state}.'}")
    return feed, held
