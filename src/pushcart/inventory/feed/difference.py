"""What a feed changes in a store's stock."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pushcart.inventory.feed.since import after
from pushcart.inventory.feed.told import SHELF

# All that feeds ever told of a store; `packed`: the line is no row of its own.
STOCK = {
    "upc": pl.Int64,
    "on_hand": pl.Int32,
    "taken": pl.Int32,
    "hidden": pl.Int8,
    "price": pl.Int64,
    "snapshot": pl.Int64,
    "packed": pl.Boolean,
}
# What is written of it.
WRITTEN = pl.Schema({**SHELF, "taken": pl.Int32, "hidden": pl.Int8})
NONE = pl.lit(0, pl.Int32)


@dataclass(frozen=True)
class Difference:
    """What a feed changes in a store.

    Attributes:
        rows: Columns as in `WRITTEN`, what each product that is written is to be.
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
    taken, hidden = NONE, NONE
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
        fresh.select("upc", "qty", "price", taken=NONE, hidden=NONE),
        written.select("upc", "qty", price="price_told", taken=taken, hidden=hidden),
    ]
    left_out = both.filter(older & ~named & (here | (pl.col("taken") != 0) | (pl.col("hidden") != hidden)))
    if whole:
        rows.append(left_out.select("upc", "price", qty=NONE, taken=NONE, hidden=hidden).select(*WRITTEN))
    unnamed = both.filter(here & ~named).height
    of_since = both.filter(pl.col("upc").is_in(since["upc"].implode())) if since.height else both.clear()
    anew = told_qty | (~named & whole)
    return Difference(
        rows=pl.concat([part.cast(WRITTEN) for part in rows]).sort("upc"),
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
    rows = told.filter(pl.col("qty").is_not_null()).with_columns(taken=NONE, hidden=pl.lit(0, pl.Int8))
    return Difference(
        rows=rows.select(*WRITTEN).sort("upc"),
        changed=rows.height,
        settled=rows["upc"].clear(),
        outdone=False,
        before=0,
        left_out=0,
        gone=0,
        something=bool((rows["qty"] > 0).any()),
    )
