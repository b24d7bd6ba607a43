"""What a snapshot tells otherwise than the last one, by store; only the lines that differ are read."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from pushcart.catalog.queries import known
from pushcart.inventory.feed.alike import differing, lines_of
from pushcart.inventory.feed.keep import kept
from pushcart.inventory.feed.read import ROWS, Feed
from pushcart.inventory.feed.told import SHELF, by_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pushcart.inventory.models import Import
    from pushcart.kit.prices import Decimals


def nothing() -> pl.DataFrame:
    return pl.DataFrame(schema=SHELF)


@dataclass(frozen=True)
class Change:
    """What one store's part tells otherwise than its last one.

    Attributes:
        gone: What that told and this does not, columns as in `SHELF`.
        came: What this tells and that did not.
    """

    gone: pl.DataFrame = field(default_factory=nothing)
    came: pl.DataFrame = field(default_factory=nothing)

    @property
    def rows(self) -> int:
        return self.gone.height + self.came.height


def rows_of(changes: Mapping[int, Change]) -> pl.DataFrame:
    """What is to be written: `store_id`, columns as in `SHELF`, and whether the last one did not name it (`fresh`)."""
    gone = pl.concat([_of(store_id, change.gone) for store_id, change in changes.items()])
    came = pl.concat([_of(store_id, change.came) for store_id, change in changes.items()])
    both = came.join(gone, on=["store_id", "upc"], how="left", suffix="_before")
    differs = pl.col("qty").ne_missing(pl.col("qty_before")) | pl.col("price").ne_missing(pl.col("price_before"))
    told = both.filter(differs).select("store_id", *SHELF, fresh=pl.col("qty_before").is_null())
    left_out = gone.filter(pl.col("qty") > 0).join(came, on=["store_id", "upc"], how="anti")
    no_more = left_out.with_columns(qty=pl.lit(0, pl.Int32), fresh=pl.lit(value=False))
    return pl.concat([told, no_more.select(told.columns)]).sort("store_id", "upc")


def _of(store_id: int, lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(store_id=pl.lit(store_id, pl.Int64))


@dataclass(frozen=True)
class Changes:
    """What a file tells otherwise than the last one.

    Attributes:
        rows: How many more it has than that.
        stores: By store id, those of which it tells anything otherwise.
    """

    rows: int
    stores: dict[int, Change]


def changes(
    last: Import, feed: Import, *, currency: str, place: Callable[[str], int | str], decimals: Decimals
) -> Changes | None:
    """None where the two are too different for that, or anything had to be said of the lines that differ.

    Args:
        last: A snapshot that was read without a remark.
        feed: The next one.
        currency: As for `Feed`.
        place: Likewise.
        decimals: As the last one was read.
    """
    with ThreadPoolExecutor(1, "before") as pool:
        other, stands = pool.submit(lines_of, kept(last.pk)), pool.submit(_is_as_it_came, last)
        after, before = lines_of(kept(feed.pk)), other.result()
        lines = before and after and differing(before, after)
        if not before or not lines or not stands.result():
            return None
    gone, came = lines
    told = _read(before.only(pl.concat([gone, came])), currency=currency, place=place, decimals=decimals)
    if told is None:
        return None
    of_gone = pl.col("line") <= before.head.count(b"\n") + len(gone)
    was, now = by_store([told.filter(of_gone)], known), by_store([told.filter(~of_gone)], known)
    if was.refused.height or was.repaired.height or now.refused.height or now.repaired.height:
        return None
    stores = sorted(was.stores.keys() | now.stores.keys())
    each = {pk: Change(was.stores.get(pk, nothing()), now.stores.get(pk, nothing())) for pk in stores}
    return Changes(told.height - 2 * told.filter(of_gone).height, each)


def _is_as_it_came(feed: Import) -> bool:
    """A kept file that is another by now tells nothing."""
    with kept(feed.pk).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == feed.sha256


def _read(text: bytes, *, currency: str, place: Callable[[str], int | str], decimals: Decimals) -> pl.DataFrame | None:
    """Its rows; None where there is anything to say of them."""
    batches = list(Feed(io.BytesIO(text), currency=currency, place=place, decimals=decimals))
    if any(batch.refused.height or batch.repaired.height for batch in batches):
        return None
    return pl.concat([pl.DataFrame(schema=ROWS), *(batch.rows for batch in batches)])
