"""All that a feed tells, store by store: read whole before any stock is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pushcart.catalog.naming import SURE, UPC, names_of
from pushcart.inventory.feed.read import REMARKS, ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from pushcart.catalog.naming import Known, Names

# What one store's part is kept as: `upc` is the GTIN's number, a null `qty` leaves the product as it is.
SHELF = {"upc": pl.Int64, "qty": pl.Int32, "price": pl.Int64}


@dataclass(frozen=True)
class All:
    """All that a feed tells.

    Attributes:
        stores: By store id, what is told of it, columns as in `SHELF`. A store none of whose rows could be read is left
            out: it keeps its stock.
        refused: Columns as in `REMARKS`: rows of no known product, and those that another one of the same outdid.
        repaired: The same: numbers that were put right.
    """

    stores: dict[int, pl.DataFrame]
    refused: pl.DataFrame
    repaired: pl.DataFrame


def by_store(batches: Iterable[pl.DataFrame], known: Known) -> All:
    """What is told of each store, by UPC. Of a product that is told twice the last readable row counts.

    Args:
        batches: Columns as in `ROWS`.
        known: The catalogue, for numbers that may mean two products.
    """
    rows = pl.concat([pl.DataFrame(schema=ROWS), *batches])
    names = names_of(rows["number"].to_numpy(), rows["digits"].cast(pl.Int64).to_numpy(), known)
    refused, repaired = _unknown(rows, names), _repaired(rows, names)
    rows = _named(rows, names)
    rows = rows.sort("store_id", "upc", pl.col("qty").is_null(), "line", descending=[False, False, True, False])
    same = (pl.col("store_id") == pl.col("store_id").shift(-1)) & (pl.col("upc") == pl.col("upc").shift(-1))
    outdone = rows.select(same.fill_null(value=False).alias("outdone"))["outdone"]
    if outdone.any():
        refused = pl.concat([refused, _outdone(rows, outdone)]).sort("line")
        rows = rows.filter(~outdone)
    stores = rows.drop("line").partition_by("store_id", as_dict=True, include_key=False, maintain_order=True)
    readable = {int(key[0]): shelf for key, shelf in stores.items() if shelf["qty"].count()}
    return All(readable, refused, repaired)


def _unknown(rows: pl.DataFrame, names: Names) -> pl.DataFrame:
    """A row that could not be read was reported already."""
    places = np.flatnonzero((names.upc == 0) & rows["qty"].is_not_null().to_numpy())
    return _remarks(rows, places, names.cause)


def _repaired(rows: pl.DataFrame, names: Names) -> pl.DataFrame:
    good = (names.upc != 0) & rows["qty"].is_not_null().to_numpy()
    mended = names.completed | ((names.digits != SURE) & (names.digits < UPC))
    return _remarks(rows, np.flatnonzero(good & mended), names.repair)


def _remarks(rows: pl.DataFrame, places: NDArray[np.int64], said: Callable[[int], str]) -> pl.DataFrame:
    causes = pl.Series("cause", [said(n) for n in places.tolist()], pl.String)
    return pl.DataFrame([rows["line"][places], causes], schema=REMARKS)


def _named(rows: pl.DataFrame, names: Names) -> pl.DataFrame:
    """With the products; of a number that may be either of two, both stay as they are."""
    rows = rows.with_columns(pl.Series("upc", names.upc)).select("line", "store_id", *SHELF)
    if names.upc.all():
        return rows
    either = rows.filter(pl.Series(names.twofold)).with_columns(pl.lit(None, pl.Int32).alias("qty"))
    as_it_is, completed = names.readings()
    parts = [either.with_columns(pl.Series("upc", upc)) for upc in (as_it_is, completed)]
    return pl.concat([rows.filter(pl.col("upc") != 0), *parts])


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
