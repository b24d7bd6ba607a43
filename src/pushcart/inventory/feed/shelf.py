"""A store's stock, read as a whole and written where it differs, or packed anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from django.db import connection

from pushcart.inventory.feed import packs
from pushcart.inventory.feed.since import after, read_since
from pushcart.inventory.feed.told import SHELF

if TYPE_CHECKING:
    from collections.abc import Iterable

_STOCK = {
    "upc": pl.Int64,
    "on_hand": pl.Int32,
    "taken": pl.Int32,
    "hidden": pl.Int8,
    "price": pl.Int64,
    "snapshot": pl.Int64,
    "packed": pl.Boolean,
}
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
_WRITTEN = pl.Schema({**SHELF, "taken": pl.Int32, "hidden": pl.Int8})
_NONE = pl.lit(0, pl.Int32)


@dataclass(frozen=True)
class Difference:
    """What a feed changes in a store.

    Attributes:
        rows: Columns as in `_WRITTEN`, what each product that is written is to be.
        changed: How many of them differ; a delta is written where it says the same, so that no older feed outdoes it.
        settled: The products of which it counts anew what was taken and hidden before it came.
        outdone: Whether a newer delta told some of its products already, which stay as that left them.
        before: Lines that the store has in stock.
        left_out: Of these, lines that the feed does not name.
        gone: Of these, lines that it leaves out or says 0 of.
        something: Whether anything is in stock afterwards.
    """

    rows: pl.DataFrame
    changed: int
    settled: pl.Series
    outdone: bool
    before: int
    left_out: int
    gone: int
    something: bool


def read_shelf(store_id: int) -> pl.DataFrame:
    """All that feeds ever told of the store, columns as in `_STOCK`."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [store_id])
        (text,) = cursor.fetchone()
        cursor.execute(packs.READ, [store_id])
        packed, snapshot = packs.unpacked(cursor.fetchone())
    if not text and packed.is_empty():
        return pl.DataFrame(schema=_STOCK)
    own = pl.read_csv(text.encode(), has_header=False, schema=_STOCK) if text else pl.DataFrame(schema=_STOCK)
    others = packed.join(own, on="upc", how="anti") if text else packed
    added = {
        "taken": _NONE,
        "hidden": pl.lit(0, pl.Int8),
        "snapshot": pl.lit(snapshot, pl.Int64),
        "packed": pl.lit(value=True),
    }
    return pl.concat([own, others.with_columns(**added).rename({"qty": "on_hand"}).select(*_STOCK)])


def difference(
    stock: pl.DataFrame, told: pl.DataFrame, since: pl.DataFrame, *, import_id: int, whole: bool
) -> Difference:
    """What `told` changes. With `whole` it is all that the store has: what it leaves out is out of stock.

    A row that a newer import set stays as that left it. What was taken and hidden after the import came in (`since`,
    columns as in `feed.since.SINCE`) it can't know of: that stays too.
    """
    if stock.is_empty():
        return _first(told)
    both = stock.join(told, on="upc", how="left", suffix="_told", coalesce=True)
    taken, hidden = _NONE, _NONE
    if not (after_it := after(since, import_id)).is_empty():
        both = both.join(after_it, on="upc", how="left")
        taken = pl.min_horizontal(pl.col("taken_after").fill_null(0), "qty")
        hidden = pl.col("hidden_after").fill_null(0)
    named = pl.col("upc").is_in(told["upc"].implode())
    here, told_qty = pl.col("on_hand") > 0, pl.col("qty").is_not_null()
    older, newer = pl.col("snapshot") < import_id, pl.col("snapshot") > import_id
    differs = (
        (pl.col("on_hand") != pl.col("qty"))
        | (pl.col("taken") != taken)
        | (pl.col("hidden") != hidden)
        | pl.col("price").ne_missing(pl.col("price_told"))
    )
    changed = both.filter(older & told_qty & differs)
    written = changed if whole else both.filter(older & told_qty)
    fresh = told.join(stock, on="upc", how="anti").filter(told_qty)
    rows = [
        fresh.select("upc", "qty", "price", taken=_NONE, hidden=_NONE),
        written.select("upc", "qty", price="price_told", taken=taken, hidden=hidden),
    ]
    left_out = both.filter(older & ~named & (here | (pl.col("taken") != 0) | (pl.col("hidden") != hidden)))
    if whole:
        rows.append(left_out.select("upc", "price", qty=_NONE, taken=_NONE, hidden=hidden).select(*_WRITTEN))
    unnamed = both.filter(here & ~named).height
    of_since = both.filter(pl.col("upc").is_in(since["upc"].implode())) if since.height else both.clear()
    anew = told_qty | (~named & whole)
    return Difference(
        rows=pl.concat([part.cast(_WRITTEN) for part in rows]).sort("upc"),
        changed=fresh.height + changed.height + (left_out.height if whole else 0),
        settled=of_since.filter(older & anew)["upc"],
        outdone=bool((stock["snapshot"] > import_id).any()) and not both.filter(newer & anew).is_empty(),
        before=both.filter(here).height,
        left_out=unnamed if whole else 0,
        gone=(unnamed if whole else 0) + both.filter(here & (pl.col("qty") == 0)).height,
        something=bool((unnamed and not whole) or told.filter(pl.col("qty") > 0).height),
    )


def _first(told: pl.DataFrame) -> Difference:
    """Of a store that never had anything."""
    rows = told.filter(pl.col("qty").is_not_null()).with_columns(taken=_NONE, hidden=pl.lit(0, pl.Int8))
    return Difference(
        rows=rows.select(*_WRITTEN).sort("upc"),
        changed=rows.height,
        settled=rows["upc"].clear(),
        outdone=False,
        before=0,
        left_out=0,
        gone=0,
        something=bool((rows["qty"] > 0).any()),
    )


def write_shelf(
    store_id: int, stock: pl.DataFrame, rows: pl.DataFrame, since: pl.DataFrame, *, snapshot: int, whole: bool
) -> None:
    """Makes the store's stock what `rows` say: each a row of its own, or all of the store packed anew where that pays.

    Args:
        store_id: The store, whose lock the caller owns.
        stock: What `read_shelf` returned.
        rows: What each product that is written is to be, columns as in `_WRITTEN`.
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
        _pack(store_id, read_shelf(store_id), pl.DataFrame(schema=_WRITTEN), since[store_id], snapshot=snapshot)


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
