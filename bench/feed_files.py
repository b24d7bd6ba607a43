"""A retailer's snapshot as its till writes it, and the one of the next night: a file for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

STORES = 40
CHANGED = 0.02
_NEW_AMONG_CHANGED = 0.1  # products that went for good, and others that came
_OLD, _NEW = 60_000_000_000, 80_000_000_000  # from where the products are numbered, without the check digit
_PROBED = 5  # products of each store that all change


@dataclass(frozen=True)
class Files:
    """Two snapshots.

    Attributes:
        first, second: CSV files of `store,upc,qty,price`; the second says other things in 2 % of the lines.
        rows: Of each.
        changes: Products that stand otherwise after the second, a line that was replaced counts twice.
        before, after: Pieces of a few products that both name, all of them different ones, by store number and UPC.
    """

    first: Path
    second: Path
    rows: int
    changes: int
    before: dict[str, dict[str, int]]
    after: dict[str, dict[str, int]]


def write_files(folder: Path, rows: int) -> Files:
    """Writes as many rows as go evenly into the stores."""
    chance = np.random.default_rng(4)
    each = rows // STORES
    products = gtins(chance, _OLD, each * 2)
    first = pl.concat([_store(chance, number, products, each) for number in range(101, 101 + STORES)])
    second, replaced = _next_night(chance, first, each)
    files = folder / "first.csv", folder / "second.csv"
    for file, frame in zip(files, (first, second), strict=True):
        frame.with_columns(pl.format("{}.99", "price").alias("price")).write_csv(file)
    changes = second.filter((second["qty"] != first["qty"]) | (second["upc"] != first["upc"])).height
    return Files(*files, first.height, changes + replaced, _probes(first, each), _probes(second, each))


def gtins(chance: np.random.Generator, above: int, count: int) -> NDArray[np.int64]:
    """Different UPCs with right check digits (GS1 General Specifications, 7.9)."""
    bodies = above + chance.choice(count * 50, count, replace=False)
    total = np.zeros_like(bodies)
    for place in range(11):
        total += bodies // 10**place % 10 * (3 if place % 2 == 0 else 1)
    return bodies * 10 + -total % 10


def _store(chance: np.random.Generator, number: int, products: NDArray[np.int64], each: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "store": np.full(each, number),
            "upc": chance.choice(products, each, replace=False),
            "qty": 1 + chance.poisson(4, each),
            "price": chance.integers(5, 1500, each),
        }
    )


def _next_night(chance: np.random.Generator, first: pl.DataFrame, each: int) -> tuple[pl.DataFrame, int]:
    """The second snapshot, and in how many lines it names a product that the store did not have."""
    rows = first.height
    changing = chance.choice(rows, int(rows * CHANGED), replace=False)
    replaced = changing[changing % each >= _PROBED][: int(len(changing) * _NEW_AMONG_CHANGED)]
    upc, qty = first["upc"].to_numpy().copy(), first["qty"].to_numpy().copy()
    upc[replaced] = gtins(chance, _NEW, len(replaced))
    qty[changing] += 1
    qty[np.arange(rows) % each < _PROBED] += 100
    return first.with_columns(pl.Series("upc", upc), pl.Series("qty", qty)), len(replaced)


def _probes(frame: pl.DataFrame, each: int) -> dict[str, dict[str, int]]:
    probed = frame.with_row_index().filter(pl.col("index") % each < _PROBED)
    found: dict[str, dict[str, int]] = {}
    for store, upc, qty in probed.select("store", "upc", "qty").iter_rows():
        found.setdefault(str(store), {})[f"{upc:012d}"] = qty
    return found
