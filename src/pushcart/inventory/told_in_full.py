from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pushcart.inventory.feed.words import Words
    from pushcart.inventory.models import Import

_TOLD = """
INSERT INTO inventory_freshness AS store (store_id, fed_at, counted_at, snapshot, digest, lines, in_stock)
SELECT told.store_id, %(at)s, %(at)s, %(snapshot)s, told.digest, told.lines, told.in_stock
FROM unnest(%(stores)s::bigint[], %(digest)s::bytea[], %(lines)s::int[], %(in_stock)s::int[])
    AS told (store_id, digest, lines, in_stock)
ON CONFLICT (store_id) DO UPDATE
SET fed_at = greatest(store.fed_at, excluded.fed_at), counted_at = excluded.counted_at, snapshot = excluded.snapshot,
    digest = excluded.digest, lines = excluded.lines, in_stock = excluded.in_stock
"""


def told_in_full(feed: Import, stores: Mapping[int, Words | None]) -> None:
    """Writes down that a snapshot told all of these stores, and by what words; None where other words stand too.

    The caller owns their locks.
    """
    if not stores:
        return
    values: dict[str, Any] = {"at": feed.started_at, "snapshot": feed.pk, "stores": list(stores)}
    words = list(stores.values())
    values["digest"] = [each.digest if each else None for each in words]
    values["lines"] = [each.lines if each else 0 for each in words]
    values["in_stock"] = [each.in_stock if each else 0 for each in words]
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, values)
