from __future__ import annotations

from django.db import transaction

from pushcart.inventory.held import waiting
from pushcart.inventory.models import Import
from pushcart.kit import clock


def discard_feed(import_id: int, *, by: str = "") -> Import:
    """Throws away what waits of a held feed: the stock of these stores stays as it is, and grows older.

    Stores of the same feed that did not wait keep what it told.

    Args:
        import_id: The held import.
        by: Who says so, for people.

    Raises:
        FeedError: there is no such import, or nothing of it waits.
    """
    with transaction.atomic():
        feed, _ = waiting(import_id)
        feed.held.all().delete()
        error = f"{feed.error} It was discarded{f' by {by}' if by else ''}."
        decided = {"state": Import.State.DISCARDED, "error": error[:500], "decided_by": by[:120]}
        Import.objects.filter(pk=import_id).update(finished_at=clock.now(), **decided)
        feed.refresh_from_db()
    return feed
