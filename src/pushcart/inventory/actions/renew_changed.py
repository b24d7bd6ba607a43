from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from django.db import connection, transaction

from pushcart.inventory import lock
from pushcart.inventory.actions.apply_parts import settled
from pushcart.inventory.actions.renew_unchanged import forget_since, set_back
from pushcart.inventory.feed.changes import rows_of
from pushcart.inventory.feed.shelf import pack_loose
from pushcart.inventory.feed.words import Words
from pushcart.inventory.models import Freshness
from pushcart.inventory.told_in_full import told_in_full

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
# In stock by another of its lines, or perhaps told as 0 by one, where it says 0 of anything; what says 0 itself may
# change nothing. The rest is new, or is back.
_IS_DOUBTFUL = """
SELECT EXISTS (
    SELECT FROM (
        SELECT store_id, array_agg(upc) AS upcs FROM pg_temp.feed_changes WHERE fresh GROUP BY store_id
    ) fresh
    CROSS JOIN LATERAL inventory_lines(fresh.store_id, fresh.upcs) line
    JOIN pg_temp.feed_changes told ON told.store_id = fresh.store_id AND told.upc = line.upc
    WHERE line.on_hand > 0 OR told.qty = 0 OR told.store_id = ANY(%(saying_none)s)
)
"""
# Which stores these are is said to the planner too: it must not read everybody's stock.
_MERGE = """
MERGE INTO inventory_stock AS stock USING (
    SELECT feed.*, least(feed.qty, coalesce(since.taken, 0)) AS taken, coalesce(since.hidden, false) AS hidden
    FROM pg_temp.feed_changes feed LEFT JOIN (
        SELECT store_id, upc, sum(taken) AS taken, bool_or(hidden) AS hidden
        FROM inventory_since WHERE store_id = ANY(%(stores)s) GROUP BY store_id, upc
    ) since USING (store_id, upc)
) AS told
ON stock.store_id = told.store_id AND stock.upc = told.upc AND stock.store_id = ANY(%(stores)s)
WHEN MATCHED THEN
    UPDATE SET on_hand = told.qty, taken = told.taken, hidden = told.hidden, price = told.price,
               snapshot = %(snapshot)s
WHEN NOT MATCHED THEN
    INSERT (store_id, upc, on_hand, price, snapshot)
    VALUES (told.store_id, told.upc, told.qty, told.price, %(snapshot)s)
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
        rows = rows_of(changes)
        with connection.cursor() as cursor:
            if not _write(cursor, feed, stores, rows):
                return False
            others = set_back(cursor, feed, changes)
            words = {pk: _words(stores[pk]).changed(gone=told.gone, came=told.came) for pk, told in changes.items()}
            told_in_full(feed, words)
            pack_loose(changes, snapshot=feed.pk)
        # What is written has what is taken since: these are other products.
        written = dict(rows.group_by("store_id").len().iter_rows())
        settled(feed, {pk: written.get(pk, 0) + len(upcs) for pk, upcs in others.items()})
    return True


def _may(store: Freshness, last: Import, change: Change) -> bool:
    """Its stock is what the last snapshot says, and at least half of what that has in stock is told by the same line.

    So nothing has to be held, and the file does name the store.
    """
    stands = store.snapshot == last.pk and store.digest is not None
    return stands and 2 * change.gone.height <= store.in_stock


def _write(cursor: CursorWrapper, feed: Import, stores: dict[int, Freshness], rows: pl.DataFrame) -> bool:
    """Whether it did: it does nothing where one of the products may be told twice."""
    upc = pl.col("upc").cast(pl.String).str.zfill(12)
    cursor.execute(_STAGING)
    with cursor.copy("COPY pg_temp.feed_changes FROM STDIN (FORMAT csv)") as copy:
        copy.write(rows.select("store_id", upc, "qty", "price", "fresh").write_csv(include_header=False))
    saying_none = [pk for pk, store in stores.items() if store.lines > store.in_stock]
    cursor.execute(_IS_DOUBTFUL, {"saying_none": saying_none})
    if cursor.fetchone()[0]:
        return False
    forget_since(cursor, feed, stores)
    cursor.execute(_MERGE, {"snapshot": feed.pk, "stores": list(stores)})
    return True


def _words(store: Freshness) -> Words:
    return Words(bytes(store.digest or b""), store.lines, store.in_stock)
