"""Reading a feed: rows of products and quantities out of a stream of bytes, many at a time, each value checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from pushcart.inventory.feed.cells import cells_of
from pushcart.inventory.feed.columns import find_header, names_columns
from pushcart.inventory.feed.digits import gtins
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.feed.limits import LONGEST_LINE
from pushcart.inventory.feed.split import split
from pushcart.inventory.feed.text import Text
from pushcart.inventory.feed.values import (
    Told,
    ValueRefusedError,
    available,
    has_decimal_comma,
    price,
    product,
    quantity,
    zeros_back,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pushcart.inventory.feed.columns import Columns
    from pushcart.inventory.feed.values import Named

ROWS = {"line": pl.Int32, "store_id": pl.Int64, "upc": pl.Int64, "qty": pl.Int32, "price": pl.Int64}
REMARKS = {"line": pl.Int32, "cause": pl.String}
_READ = {"value": pl.Int64, "cause": pl.String, "repair": pl.String}
# So many different texts of one column are remembered.
_MOST_KNOWN = 200_000
_UNIT = "\x1f"


@dataclass(frozen=True)
class Batch:
    """A part of a feed.

    Attributes:
        rows: Columns as in `ROWS`: products as stores tell them. `upc` is the GTIN's number; `qty` is null where the
            row could not be read beyond its product, which stays as it is; `price` in minor units, null for the
            product's own.
        told: Lines that hold anything.
        refused: Columns as in `REMARKS`: lines that were set aside, and why.
        repaired: What was put right in the others.
    """

    rows: pl.DataFrame
    told: int
    refused: pl.DataFrame
    repaired: pl.DataFrame


class Feed:
    """A feed whose header has been read. Iterating gives its batches, in the order of its lines.

    Args:
        stream: Text in any of the encodings that `Text` finds out.
        currency: Of the prices.
        place: The id of the store of a number as the file writes it, empty where it has none; or why there is no such
            store, as a sentence.

    Raises:
        FeedError: it is no text, has no header, or ends in the middle of a row (while it is iterated).
    """

    def __init__(self, stream: BinaryIO, *, currency: str, place: Callable[[str], int | str]) -> None:
        self._text = Text(stream, names_columns)
        self._header = find_header(self._text.head)
        comma = has_decimal_comma(self._first_prices())
        self._products = _Known(product)
        self._prices = _Known(partial(price, currency=currency, comma=comma))
        self._quantities = _Known(partial(_pieces, comma=comma))
        self._places = _Known(partial(_placed, place))

    @property
    def columns(self) -> Columns:
        return self._header.columns

    @property
    def names_stores(self) -> bool:
        return self.columns.store is not None

    def __iter__(self) -> Iterator[Batch]:
        line = 1
        for piece in self._text:
            lines = piece.count(b"\n")
            if self._text.ends_open:
                self._must_be_whole(piece.rpartition(b"\n")[2].decode("utf-8", "replace"), line + lines)
            body, first = self._below_header(piece, line)
            line += lines
            if body:
                yield self._read(body, first)

    def _first_prices(self) -> list[str]:
        at = self.columns.price
        lines = self._text.head.split("\n")[self._header.line : self._header.line + 500]
        rows = (cells_of(line, self._header.separator) or [] for line in lines)
        return [cells[at] for cells in rows if at is not None and at < len(cells)]

    def _below_header(self, piece: bytes, line: int) -> tuple[bytes, int]:
        above = max(0, self._header.line + 1 - line)
        at = 0
        for _ in range(above):
            at = piece.find(b"\n", at) + 1 or len(piece)
        return piece[at:], line + above

    def _must_be_whole(self, last: str, line: int) -> None:
        if len(last) >= LONGEST_LINE or "\0" in last:
            return  # it is no text: so it is called
        cells = cells_of(last, self._header.separator)
        if line > self._header.line and (cells is None or len(cells) < self.columns.width):
            raise FeedError(f"The file is cut off: it ends in the middle of line {line}, {last!r:.60}.")

    def _read(self, piece: bytes, first: int) -> Batch:
        parts = split(piece, first, self.columns, self._header.separator)
        rows = self._named(parts.rows)
        rows = rows.hstack(self._of(self._quantities, self._quantity_texts(rows), "qty"))
        rows = rows.hstack(self._of(self._prices, rows["price"], "price"))
        rows = rows.hstack(self._of(self._places, rows["store"], "store"))
        causes = ("upc_cause", "fault", "qty_cause", "price_cause", "store_cause")
        rows = rows.with_columns(pl.coalesce(*causes).alias("cause"))
        torn = pl.DataFrame({"line": parts.torn}, schema={"line": pl.Int32}).with_columns(
            pl.lit("The row can't be read: a quotation mark in it has no partner.").alias("cause")
        )
        refused = pl.concat([rows.filter(pl.col("cause").is_not_null()).select(*REMARKS), torn]).sort("line")
        return Batch(_usable(rows), rows.height + len(parts.torn), refused, _repairs(rows))

    def _named(self, rows: pl.DataFrame) -> pl.DataFrame:
        """With the number of each product, what was put right to know it, or why it is none."""
        plain = gtins(rows["upc"])
        odd = self._of(self._products, rows["upc"].filter(plain.is_null()), "upc")
        if not odd.height:
            nothing = [pl.lit(None, pl.String).alias(name) for name in ("upc_cause", "upc_repair")]
            return rows.with_columns(plain.alias("upc_value"), *nothing)
        place = plain.is_null().cum_sum().cast(pl.Int64) - 1
        told = odd[place.clip(0)].with_columns(
            pl.when(pl.lit(plain.is_null())).then(pl.col(name)).alias(name) for name in odd.columns
        )
        return rows.hstack(told.with_columns(pl.coalesce(pl.lit(plain), "upc_value").alias("upc_value")))

    def _quantity_texts(self, rows: pl.DataFrame) -> pl.Series:
        if self.columns.availability is None:
            return rows["qty"]
        return rows.select(pl.concat_str("qty", "availability", separator=_UNIT))["qty"]

    def _of(self, known: _Known, texts: pl.Series, name: str) -> pl.DataFrame:
        return known.of(texts).rename({column: f"{name}_{column}" for column in _READ})


class _Known:
    """Reads each different text of a column once: tills write few quantities, prices and stores, again and again."""

    def __init__(self, read: Callable[[str], Told | Named]) -> None:
        self._read = read
        self._known: dict[str, tuple[int | None, str | None, str | None]] = {}

    def of(self, texts: pl.Series) -> pl.DataFrame:
        """Columns as in `_READ`, a row for each text."""
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        different = texts.unique()
        read = pl.DataFrame([self._value(text) for text in different], schema=_READ, orient="row")
        table = read.with_columns(different.alias("text"))
        return texts.to_frame("text").join(table, on="text", how="left", maintain_order="left").drop("text")

    def _value(self, text: str) -> tuple[int | None, str | None, str | None]:
        if text not in self._known:
            try:
                told = self._read(text)
            except ValueRefusedError as error:
                self._known[text] = None, str(error), None
            else:
                self._known[text] = None if told[0] is None else int(told[0]), None, told.repair or None
        return self._known[text]


def _pieces(text: str, *, comma: bool) -> Told:
    told, unit, availability = text.partition(_UNIT)
    return available(told, availability, comma=comma) if unit else quantity(told, comma=comma)


def _placed(place: Callable[[str], int | str], text: str) -> Told:
    found = place(text.strip())
    if isinstance(found, str):
        raise ValueRefusedError(found)
    return Told(found)


def _usable(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a known product in a known store; without a quantity where that, or the price, could not be read."""
    known = rows.filter(pl.col("upc_cause").is_null() & pl.col("store_cause").is_null())
    return known.select(
        "line",
        pl.col("store_value").alias("store_id"),
        pl.col("upc_value").alias("upc"),
        pl.when(pl.col("cause").is_null()).then(pl.col("qty_value")).cast(pl.Int32).alias("qty"),
        pl.when(pl.col("cause").is_null()).then(pl.col("price_value")).alias("price"),
    )


def _repairs(rows: pl.DataFrame) -> pl.DataFrame:
    good = pl.col("cause").is_null()
    short = good & pl.col("upc_repair").is_null() & (pl.col("upc").str.len_bytes() < 12)  # noqa: PLR2004 a UPC's digits
    short &= pl.col("upc").str.contains(r"^\d+$")
    zeros = rows.filter(short).select("line", "upc", pl.col("upc_value").cast(pl.String).str.zfill(12).alias("whole"))
    told = [zeros_back(upc, whole) for upc, whole in zeros.select("upc", "whole").iter_rows()]
    parts = [zeros.select("line").with_columns(pl.Series("cause", told, pl.String))]
    parts += [
        rows.filter(good & pl.col(name).is_not_null()).select("line", pl.col(name).alias("cause"))
        for name in ("upc_repair", "qty_repair")
    ]
    return pl.concat(parts).sort("line", maintain_order=True)
