"""All that a feed tells, store by store: read whole before any stock is touched."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from pushcart.inventory.feed.read import REMARKS

if TYPE_CHECKING:
    from collections.abc import Iterable

# What one store's part is kept as: `upc` is the GTIN's number, a null `qty` leaves the product as it is.
SHELF = {"upc": pl.Int64, "qty": pl.Int32, "price": pl.Int64}


def by_store(batches: Iterable[pl.DataFrame]) -> tuple[dict[int, pl.DataFrame], pl.DataFrame]:
    """What is told of each store, by UPC; and remarks on rows that another one of the same product outdid.

    Of a product that is told twice the last readable row counts. A store none of whose rows could be read is left out:
    it keeps its stock.
    """
    parts = list(batches)
    if not parts:
        return {}, pl.DataFrame(schema=REMARKS)
    rows = pl.concat(parts).sort(
        "store_id", "upc", pl.col("qty").is_null(), "line", descending=[False, False, True, False]
    )
    same = (pl.col("store_id") == pl.col("store_id").shift(-1)) & (pl.col("upc") == pl.col("upc").shift(-1))
    outdone = rows.select(same.fill_null(value=False).alias("outdone"))["outdone"]
    remarks = pl.DataFrame(schema=REMARKS)
    if outdone.any():
        remarks = _outdone(rows, outdone)
        rows = rows.filter(~outdone)
    stores = rows.drop("line").partition_by("store_id", as_dict=True, include_key=False, maintain_order=True)
    readable = {int(key[0]): shelf for key, shelf in stores.items() if shelf["qty"].count()}
    return readable, remarks


def digest(shelf: pl.DataFrame) -> bytes:
    """The same for two parts that tell the same, in whatever order the file has it."""
    told = hashlib.blake2b(digest_size=16)
    for name, nothing in (("upc", -1), ("qty", -1), ("price", -1)):
        told.update(shelf[name].fill_null(nothing).to_numpy().tobytes())
    return told.digest()


def _outdone(rows: pl.DataFrame, outdone: pl.Series) -> pl.DataFrame:
    """A row that could not be read was reported already."""
    counts = rows.with_columns(pl.col("line").last().over("store_id", "upc").alias("counts"))
    mute = counts.filter(outdone & rows["qty"].is_not_null())
    return mute.select(
        "line",
        pl.format(
            "Product {} is told again in line {}, which counts.",
            pl.col("upc").cast(pl.String).str.zfill(12),
            "counts",
        ).alias("cause"),
    ).sort("line")
