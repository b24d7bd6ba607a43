from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import connection, transaction

from pushcart.inventory import lock
from pushcart.inventory.actions.apply_part import settled
from pushcart.inventory.actions.renew_unchanged import forget_since, set_back
from pushcart.inventory.feed.words import Words
from pushcart.inventory.models import Freshness

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

    from pushcart.inventory.feed.changes import Change
    from pushcart.inventory.models import Import

_STAGING = """
CREATE TEMPORARY TABLE IF NOT EXISTS feed_changes (
    store_id bigint NOT NULL, upc text NOT NULL, qty integer NOT NULL, price bigint, fresh boolean NOT NULL
);
TRUNCATE pg_temp.feed_changes
"""
_ANALYZE = "ANALYZE pg_temp.feed_changes"
# In stock by another of its lines, or perhaps told as 0 by one, where it says 0 of anything; what says 0 itself may
# change nothing. The rest is new, or is back.
_IS_DOUBTFUL = """
SELECT EXISTS (
    SELECT FROM pg_temp.feed_changes told JOIN inventory_stock stock USING (store_id, upc)
    WHERE told.fresh AND (stock.on_hand > 0 OR told.qty = 0 OR told.store_id = ANY(%(saying_none)s))
)
"""
_MERGE = """
MERGE INTO inventory_stock AS stock USING (
    SELECT feed.*, least(feed.qty, coalesce(since.taken, 0)) AS taken, coalesce(since.hidden, false) AS hidden
    FROM pg_temp.feed_changes feed LEFT JOIN (
        SELECT store_id, upc, sum(taken) AS taken, bool_or(hidden) AS hidden
        FROM inventory_since WHERE store_id = ANY(%(stores)s) GROUP BY store_id, upc
    ) since USING (store_id, upc)
) AS told
ON stock.store_id = told.store_id AND stock.upc = told.upc
WHEN MATCHED THEN
    UPDATE SET on_hand = told.qty, taken = told.taken, hidden = told.hidden, price = told.price,
               snapshot = %(snapshot)s
WHEN NOT MATCHED THEN
    INSERT (store_id, upc, on_hand, price, snapshot)
    VALUES (told.store_id, told.upc, told.qty, told.price, %(snapshot)s)
"""


_RENEW = """
UPDATE inventory_freshness store
SET fed_at = greatest(fed_at, %(at)s), counted_at = %(at)s, snapshot = %(snapshot)s,
    digest = now.digest, lines = now.lines, in_stock = now.in_stock
FROM unnest(%(stores)s::bigint[], %(digest)s::bytea[], %(lines)s::int[], %(in_stock)s::int[])
    AS now (store_id, digest, lines, in_stock)
WHERE store.store_id = now.store_id
"""


def renew_changed(feed: Import, last: Import, changes: dict[int, Change]) -> bool:
    """Writes what a snapshot tells otherwise than the last one of a few stores, in one transaction.

    Args:
        feed: The snapshot.
        last: The one before it, which is still all that was ever told of these stores, but for what is older.
        changes: By store id; none for a store of which it tells the same.

    Returns:
        Whether it did. Nothing changed where another feed came between, where most of a store would be gone, or where a
        product may be told twice: then the file has to be read whole.
    """
    with transaction.atomic():
        lock.own(*changes)
        stores = {row.store_id: row for row in Freshness.objects.filter(store_id__in=changes)}
        if not all(pk in stores and _may(stores[pk], last, change) for pk, change in changes.items()):
            return False
        with connection.cursor() as cursor:
            written = _write(cursor, feed, stores, changes)
            if written is None:
                return False
            others = set_back(cursor, feed, changes)
            _renew(cursor, feed, stores, changes)
        settled(feed, {pk: len(written[pk] | others[pk]) for pk in changes})
    return True


def _may(store: Freshness, last: Import, change: Change) -> bool:
    """Its stock is what the last snapshot says, and at least half of what that has in stock is told by the same line.

    So nothing has to be held, and the file does name the store.
    """
    stands = store.snapshot == last.pk and store.digest is not None
    return stands and 2 * change.gone.height <= store.in_stock


def _write(
    cursor: CursorWrapper, feed: Import, stores: dict[int, Freshness], changes: dict[int, Change]
) -> dict[int, set[str]] | None:
    """The products that it writes, by store; None where one of them may be told twice."""
    upc = pl.col("upc").cast(pl.String).str.zfill(12)
    rows = {pk: change.rows.with_columns(upc) for pk, change in changes.items()}
    cursor.execute(_STAGING)
    with cursor.copy("COPY pg_temp.feed_changes FROM STDIN (FORMAT csv)") as copy:
        for store_id, told in rows.items():
            copy.write(told.select(pl.lit(store_id), "upc", "qty", "price", "fresh").write_csv(include_header=False))
    cursor.execute(_ANALYZE)
    saying_none = [pk for pk, store in stores.items() if store.lines > store.in_stock]
    cursor.execute(_IS_DOUBTFUL, {"saying_none": saying_none})
    if cursor.fetchone()[0]:
        return None
    forget_since(cursor, feed, changes)
    values: dict[str, Any] = {"snapshot": feed.pk, "stores": list(changes)}
    cursor.execute(_MERGE, values)
    return {pk: set(told["upc"]) for pk, told in rows.items()}


def _renew(cursor: CursorWrapper, feed: Import, stores: dict[int, Freshness], changes: dict[int, Change]) -> None:
    now = [_words(stores[pk]).changed(gone=change.gone, came=change.came) for pk, change in changes.items()]
    words = {name: [getattr(each, name) for each in now] for name in ("digest", "lines", "in_stock")}
    cursor.execute(_RENEW, {"at": feed.started_at, "snapshot": feed.pk, "stores": list(changes), **words})


def _words(store: Freshness) -> Words:
    return Words(bytes(store.digest or b""), store.lines, store.in_stock)
