from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from pushcart.inventory import lock
from pushcart.inventory.actions.apply_part import settled
from pushcart.inventory.models import Freshness

if TYPE_CHECKING:
    from pushcart.inventory.models import Import

# What orders took and clerks hid since: all that a snapshot of the same words sets back.
_SET_BACK = """
UPDATE inventory_stock SET taken = 0, hidden = false, snapshot = %(snapshot)s, updated_at = %(at)s
WHERE store_id = ANY(%(stores)s) AND (taken > 0 OR hidden)
RETURNING store_id
"""


def renew_unchanged(feed: Import, digests: dict[int, bytes]) -> set[int]:
    """Renews the stores of which the snapshot says what the last one said, and returns them; in one transaction.

    Args:
        feed: A snapshot.
        digests: Of what it tells of each store, see `feed.told.digest`.
    """
    with transaction.atomic():
        same = _same(feed, digests)
        for store_id in sorted(same):
            lock.own(store_id)
        same = _same(feed, {store_id: digests[store_id] for store_id in same})
        if not same:
            return same
        changed = dict.fromkeys(same, 0)
        with connection.cursor() as cursor:
            cursor.execute(_SET_BACK, {"snapshot": feed.pk, "at": feed.started_at, "stores": list(same)})
            for (store_id,) in cursor.fetchall():
                changed[store_id] += 1
        Freshness.objects.filter(store_id__in=same).update(fed_at=feed.started_at, snapshot=feed.pk)
        settled(feed, changed)
    return same


def _same(feed: Import, digests: dict[int, bytes]) -> set[int]:
    known = Freshness.objects.filter(store_id__in=digests, snapshot__lt=feed.pk, digest__isnull=False)
    return {row.store_id for row in known if bytes(row.digest or b"") == digests[row.store_id]}
