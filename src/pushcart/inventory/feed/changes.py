"""What a snapshot tells otherwise than the last one, by store; only the lines that differ are read."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from pushcart.catalog.queries import known
from pushcart.inventory.feed.alike import differing, lines_of
from pushcart.inventory.feed.keep import kept
from pushcart.inventory.feed.read import ROWS, Feed
from pushcart.inventory.feed.told import SHELF, by_store

if TYPE_CHECKING:
    from collections.abc import Callable

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
    def rows(self) -> pl.DataFrame:
        """What is to be written: `upc`, `qty`, `price`, and whether the last one did not name it (`fresh`)."""
        both = self.came.join(self.gone, on="upc", how="left", suffix="_before")
        differs = pl.col("qty").ne_missing(pl.col("qty_before")) | pl.col("price").ne_missing(pl.col("price_before"))
        told = both.filter(differs).select(*SHELF, fresh=pl.col("qty_before").is_null())
        left_out = self.gone.filter(pl.col("qty") > 0).join(self.came, on="upc", how="anti")
        return pl.concat([told, left_out.with_columns(pl.lit(0, pl.Int32).alias("qty"), fresh=pl.lit(value=False))])


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
    before, after = lines_of(kept(last.pk), last.sha256), lines_of(kept(feed.pk))
    lines = before and after and differing(before, after)
    if not before or not lines:
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


def _read(text: bytes, *, currency: str, place: Callable[[str], int | str], decimals: Decimals) -> pl.DataFrame | None:
    """Its rows; None where there is anything to say of them."""
    batches = list(Feed(io.BytesIO(text), currency=currency, place=place, decimals=decimals))
    if any(batch.refused.height or batch.repaired.height for batch in batches):
        return None
    return pl.concat([pl.DataFrame(schema=ROWS), *(batch.rows for batch in batches)])
