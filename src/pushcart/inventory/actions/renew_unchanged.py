from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Greatest

from pushcart.inventory import lock
from pushcart.inventory.actions.apply_parts import settled
from pushcart.inventory.models import Freshness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.utils import CursorWrapper

    from pushcart.inventory.models import Import

_FORGET = "DELETE FROM inventory_since WHERE store_id = ANY(%(stores)s) AND came < %(snapshot)s"
# What orders took and clerks hid before it came in: all that a snapshot of the same words sets back.
_SET_BACK = """
UPDATE inventory_stock stock
SET taken = now.taken, hidden = now.hidden, snapshot = %(snapshot)s
FROM (SELECT touched.store_id, touched.upc,
             least(touched.on_hand, coalesce(sum(since.taken), 0)) AS taken,
             coalesce(bool_or(since.hidden), false) AS hidden
      FROM inventory_stock touched LEFT JOIN inventory_since since USING (store_id, upc)
      WHERE touched.store_id = ANY(%(stores)s) AND (touched.taken > 0 OR touched.hidden)
      GROUP BY touched.store_id, touched.upc) now
WHERE stock.store_id = now.store_id AND stock.upc = now.upc
AND (stock.taken, stock.hidden) IS DISTINCT FROM (now.taken, now.hidden)
RETURNING stock.store_id, stock.upc
"""


def renew_unchanged(feed: Import, digests: dict[int, bytes]) -> set[int]:
    """Renews the stores of which the snapshot says what the last one said, and returns them; in one transaction.

    Args:
        feed: A snapshot.
        digests: Of what it tells of each store, see `feed.digest`.
    """
    with transaction.atomic():
        same = _same(feed, digests)
        lock.own(*same)
        same = _same(feed, {store_id: digests[store_id] for store_id in same})
        if not same:
            return same
        with connection.cursor() as cursor:
            forget_since(cursor, feed, same)
            changed = set_back(cursor, feed, same)
        at = feed.started_at
        renewed = {"fed_at": Greatest("fed_at", Value(at)), "counted_at": at, "snapshot": feed.pk}
        Freshness.objects.filter(store_id__in=same).update(**renewed)
        settled(feed, {store_id: len(upcs) for store_id, upcs in changed.items()})
    return same


def forget_since(cursor: CursorWrapper, feed: Import, stores: Iterable[int]) -> None:
    """Forgets what was taken and hidden in the stores before the snapshot came in. The caller owns their locks."""
    cursor.execute(_FORGET, {"snapshot": feed.pk, "stores": list(stores)})


def set_back(cursor: CursorWrapper, feed: Import, stores: Iterable[int]) -> dict[int, set[str]]:
    """Sets back what is taken and hidden in the stores to what was since; of which products, by store."""
    changed: dict[int, set[str]] = {store_id: set() for store_id in stores}
    values: dict[str, Any] = {"snapshot": feed.pk, "stores": list(changed)}
    cursor.execute(_SET_BACK, values)
    for store_id, upc in cursor.fetchall():
        changed[store_id].add(upc)
    return changed


def _same(feed: Import, digests: dict[int, bytes]) -> set[int]:
    known = Freshness.objects.filter(store_id__in=digests, snapshot__lt=feed.pk, digest__isnull=False)
    return {row.store_id for row in known if bytes(row.digest or b"") == digests[row.store_id]}
