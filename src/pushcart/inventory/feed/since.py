"""What was taken and hidden in a store since the feeds came in: few rows, read and settled beside the shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pushcart.inventory.models import Since

if TYPE_CHECKING:
    from collections.abc import Iterable

SINCE = {"upc": pl.Int64, "came": pl.Int64, "taken": pl.Int32, "hidden": pl.Int8}


def read_since(stores: Iterable[int]) -> dict[int, pl.DataFrame]:
    """By store, columns as in `SINCE`."""
    rows: dict[int, list[tuple[int, int, int, bool]]] = {store_id: [] for store_id in stores}
    found = Since.objects.filter(store_id__in=rows).values_list("store_id", "upc", "came", "taken", "hidden")
    for store_id, upc, came, taken, hidden in found:
        rows[store_id].append((int(upc), came, taken, hidden))
    return {pk: pl.DataFrame(told, schema=SINCE, orient="row", strict=False) for pk, told in rows.items()}


def after(since: pl.DataFrame, import_id: int) -> pl.DataFrame:
    """By product, what was taken and hidden after the import came in: `taken_after`, `hidden_after`."""
    of_product = since.filter(pl.col("came") >= import_id).group_by("upc")
    return of_product.agg(taken_after=pl.col("taken").sum(), hidden_after=pl.col("hidden").max())


def settle_since(store_id: int, settled: Iterable[int], *, import_id: int) -> None:
    """Forgets what was taken and hidden of these products before the import came in."""
    if upcs := [f"{upc:012}" for upc in settled]:
        Since.objects.filter(store_id=store_id, upc__in=upcs, came__lt=import_id).delete()
