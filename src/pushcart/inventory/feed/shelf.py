"""A store's stock, read as a whole and written where it differs, or packed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from django.db import connection

from pushcart.inventory.feed import packs
from pushcart.inventory.feed.difference import NONE, STOCK, WRITTEN
from pushcart.inventory.feed.since import after, read_since
from pushcart.inventory.feed.told import SHELF

if TYPE_CHECKING:
    from collections.abc import Iterable

# One value for the whole store: a row at a time costs the client ten times as much.
_READ = """
SELECT string_agg(
    concat_ws(',', upc, on_hand, taken, hidden::int, coalesce(price::text, ''), snapshot, 'false'), E'\\n'
)
FROM inventory_stock WHERE store_id = %s
"""
_STAGING = """
CREATE TEMPORARY TABLE IF NOT EXISTS feed_staging (
    upc text NOT NULL, qty integer NOT NULL, price bigint, taken integer NOT NULL, hidden boolean NOT NULL
);
TRUNCATE pg_temp.feed_staging
"""
_MERGE = """
MERGE INTO inventory_stock AS stock USING pg_temp.feed_staging AS told
ON stock.store_id = %(store_id)s AND stock.upc = told.upc
WHEN MATCHED THEN
    UPDATE SET on_hand = told.qty, taken = told.taken, hidden = told.hidden, price = told.price,
               snapshot = %(snapshot)s
WHEN NOT MATCHED THEN
    INSERT (store_id, upc, on_hand, price, snapshot)
    VALUES (%(store_id)s, told.upc, told.qty, told.price, %(snapshot)s)
"""
# Of a store that is packed anew.
_EMPTY = """
DELETE FROM inventory_packed WHERE store_id = %(store_id)s;
DELETE FROM inventory_stock WHERE store_id = %(store_id)s AND upc <> ALL (%(stays)s)
"""
# A row of its own costs what a dozen packed lines do; so many of a store's lines may be one before it is packed anew.
_ROWS_A_PACK = 8
WORTH_PACKING = packs.LINES
_LOOSE = """
SELECT store_id FROM inventory_stock JOIN inventory_freshness store USING (store_id)
WHERE store_id = ANY(%(stores)s) AND store.lines >= %(worth)s
GROUP BY store_id, store.lines HAVING count(*) * %(rows)s > store.lines
"""


def read_shelf(store_id: int) -> pl.DataFrame:
    """All that feeds ever told of the store, columns as in `STOCK`."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [store_id])
        (text,) = cursor.fetchone()
        cursor.execute(packs.READ, [store_id])
        packed, snapshot = packs.unpacked(cursor.fetchone())
    if not text and packed.is_empty():
        return pl.DataFrame(schema=STOCK)
    own = pl.read_csv(text.encode(), has_header=False, schema=STOCK) if text else pl.DataFrame(schema=STOCK)
    others = packed.join(own, on="upc", how="anti") if text else packed
    added = {
        "taken": NONE,
        "hidden": pl.lit(0, pl.Int8),
        "snapshot": pl.lit(snapshot, pl.Int64),
        "packed": pl.lit(value=True),
    }
    return pl.concat([own, others.with_columns(**added).rename({"qty": "on_hand"}).select(*STOCK)])


def write_shelf(
    store_id: int, stock: pl.DataFrame, rows: pl.DataFrame, since: pl.DataFrame, *, snapshot: int, whole: bool
) -> None:
    """Makes the store's stock what `rows` say: each a row of its own, or all of the store packed anew where that pays.

    Args:
        store_id: The store, whose lock the caller owns.
        stock: What `read_shelf` returned.
        rows: What each product that is written is to be, columns as in `WRITTEN`.
        since: What is taken and hidden, columns as in `feed.since.SINCE`.
        snapshot: The import that tells it.
        whole: It tells all that the store has.
    """
    if rows.is_empty():
        return
    if stock.is_empty() and since.is_empty() and rows.height >= WORTH_PACKING:
        _copy(store_id, rows, snapshot=snapshot)
        return
    untold = stock.join(rows, on="upc", how="anti")
    alone = untold.filter(~pl.col("packed")).height + rows.height
    newer = (stock["snapshot"] > snapshot).any()
    if whole and not newer and _pays(alone, of=untold.height + rows.height):
        _pack(store_id, untold, rows, since, snapshot=snapshot)
    else:
        _merge(store_id, rows, snapshot=snapshot)


def pack_loose(stores: Iterable[int], *, snapshot: int) -> None:
    """Packs those of the stores anew where it pays; `snapshot`, which tells all that they have, has been written."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOSE, {"stores": list(stores), "rows": _ROWS_A_PACK, "worth": WORTH_PACKING})
        loose = [store_id for (store_id,) in cursor.fetchall()]
    since = read_since(loose)
    for store_id in loose:
        _pack(store_id, read_shelf(store_id), pl.DataFrame(schema=WRITTEN), since[store_id], snapshot=snapshot)


def _pays(alone: int, *, of: int) -> bool:
    """Of so many lines so many would be rows of their own."""
    return of >= WORTH_PACKING and alone * _ROWS_A_PACK > of


def _pack(store_id: int, untold: pl.DataFrame, rows: pl.DataFrame, since: pl.DataFrame, *, snapshot: int) -> None:
    """What an order or a clerk has had a hand on since stays a row of its own."""
    later = after(since, snapshot)["upc"]
    touched = (pl.col("taken") > 0) | (pl.col("hidden") > 0) | pl.col("upc").is_in(later.implode())
    own = rows.filter(touched)
    stays = pl.concat([own["upc"], untold.filter(touched & ~pl.col("packed"))["upc"]])
    lines = pl.concat(
        [
            untold.filter(pl.col("packed") | ~touched).rename({"on_hand": "qty"}).select(*SHELF),
            rows.filter(~touched).select(*SHELF),
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY, {"store_id": store_id, "stays": [f"{upc:012}" for upc in stays]})
    _copy(store_id, lines.sort("upc"), snapshot=snapshot)
    _merge(store_id, own, snapshot=snapshot)


def _copy(store_id: int, lines: pl.DataFrame, *, snapshot: int) -> None:
    with connection.cursor() as cursor, cursor.copy(packs.WRITE) as copy:
        for piece in packs.packs(store_id, lines, snapshot=snapshot):
            copy.write(piece)


def _merge(store_id: int, rows: pl.DataFrame, *, snapshot: int) -> None:
    if rows.is_empty():
        return
    upc = pl.col("upc").cast(pl.String).str.zfill(12)
    with connection.cursor() as cursor:
        cursor.execute(_STAGING)
        with cursor.copy("COPY pg_temp.feed_staging FROM STDIN (FORMAT csv)") as copy:
            copy.write(rows.select(upc, "qty", "price", "taken", "hidden").write_csv(include_header=False))
        cursor.execute(_MERGE, {"store_id": store_id, "snapshot": snapshot})
