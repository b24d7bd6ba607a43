"""A store's stock, read as a whole and written where it differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection

from pushcart.inventory.feed.since import after
from pushcart.inventory.feed.told import SHELF

_STOCK = {
    "upc": pl.Int64,
    "on_hand": pl.Int32,
    "taken": pl.Int32,
    "hidden": pl.Int8,
    "price": pl.Int64,
    "snapshot": pl.Int64,
}
# One value for the whole store: a row at a time costs the client ten times as much.
_READ = """
SELECT string_agg(concat_ws(',', upc, on_hand, taken, hidden::int, coalesce(price::text, ''), snapshot), E'\\n')
FROM inventory_stock WHERE store_id = %s
"""
_STAGING = """
CREATE TEMPORARY TABLE IF NOT EXISTS feed_staging (
    upc text NOT NULL, qty integer NOT NULL, price bigint, taken integer NOT NULL, hidden boolean NOT NULL
);
TRUNCATE pg_temp.feed_staging
"""
_FEW = 1000
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
_WRITTEN = pl.Schema({**SHELF, "taken": pl.Int32, "hidden": pl.Int8})
_NONE = pl.lit(0, pl.Int32)
_FIRST = "COPY inventory_stock (store_id, upc, on_hand, price, snapshot) FROM STDIN (FORMAT csv)"


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
        first: The store never had anything.
    """

    rows: pl.DataFrame
    changed: int
    settled: pl.Series
    outdone: bool
    before: int
    left_out: int
    gone: int
    something: bool
    first: bool


def read_shelf(store_id: int) -> pl.DataFrame:
    """All that feeds ever told of the store, columns as in `_STOCK`."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [store_id])
        (text,) = cursor.fetchone()
    if text is None:
        return pl.DataFrame(schema=_STOCK)
    return pl.read_csv(text.encode(), has_header=False, schema=_STOCK)


def difference(
    stock: pl.DataFrame, told: pl.DataFrame, since: pl.DataFrame, *, import_id: int, whole: bool
) -> Difference:
    """What `told` changes. With `whole` it is all that the store has: what it leaves out is out of stock.

    A row that a newer import set stays as that left it. What was taken and hidden after the import came in (`since`,
    columns as in `feed.since.SINCE`) it can't know of: that stays too.
    """
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
        first=stock.is_empty(),
    )


def write_shelf(store_id: int, rows: pl.DataFrame, *, snapshot: int, first: bool) -> None:
    """Sets the products to what `rows` say, in one statement."""
    if rows.is_empty():
        return
    upc = pl.col("upc").cast(pl.String).str.zfill(12)
    values: dict[str, Any] = {"store_id": store_id, "snapshot": snapshot}
    with connection.cursor() as cursor:
        if first:
            lines = rows.select(pl.lit(store_id), upc, "qty", "price", pl.lit(snapshot).alias("snapshot"))
            with cursor.copy(_FIRST) as copy:
                copy.write(lines.write_csv(include_header=False))
            return
        cursor.execute(_STAGING)
        with cursor.copy("COPY pg_temp.feed_staging FROM STDIN (FORMAT csv)") as copy:
            copy.write(rows.select(upc, "qty", "price", "taken", "hidden").write_csv(include_header=False))
        if rows.height > _FEW:
            cursor.execute("ANALYZE pg_temp.feed_staging")
        cursor.execute(_MERGE, values)
