"""Reading a feed: rows of products and quantities out of a stream of bytes, many at a time, each value checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from pushcart.catalog.digits import FEWEST, MOST
from pushcart.catalog.gtin import GtinError
from pushcart.catalog.written import Written, written
from pushcart.inventory.feed.columns import FEED, Columns
from pushcart.inventory.feed.split import split
from pushcart.inventory.feed.values import Told, ValueRefusedError, available, quantity
from pushcart.kit.ahead import ahead
from pushcart.kit.prices import Decimals, Price, PriceError, decimals_of, price
from pushcart.kit.sheets.cells import cells_of
from pushcart.kit.sheets.errors import SheetError
from pushcart.kit.sheets.header import find_header
from pushcart.kit.sheets.records import records_of
from pushcart.kit.sheets.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pushcart.inventory.feed.split import Split
    from pushcart.kit.sheets.records import Records

ROWS = {
    "line": pl.Int32,
    "store_id": pl.Int64,
    "number": pl.Int64,
    "digits": pl.Int8,
    "qty": pl.Int32,
    "price": pl.Int64,
}
REMARKS = {"line": pl.Int32, "cause": pl.String}
_READ = {"value": pl.Int64, "cause": pl.String, "repair": pl.String}
# So many different texts of one column are remembered.
_MOST_KNOWN = 200_000
_UNIT = "\x1f"
# Different prices that are looked at to see where their decimals stand.
_MOST_LOOKED_AT = 10_000
# Room for how many digits a number has.
_DIGITS = 32


@dataclass(frozen=True)
class Batch:
    """A part of a feed.

    Attributes:
        rows: Columns as in `ROWS`: products as stores tell them. `number` and `digits` say which one, to
            `catalog.naming`; `qty` is null where the row could not be read beyond its product, which stays as it is;
            `price` in minor units, null for the product's own.
        told: Lines that hold anything.
        refused: Columns as in `REMARKS`: lines that were set aside, and why; those of which it is their product are
            found later.
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
        decimals: Of its prices, where another part of it showed them; else its first prices do.

    Raises:
        SheetError: it is no text, has no header, or ends in the middle of a row (while it is iterated).
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        currency: str,
        place: Callable[[str], int | str],
        decimals: Decimals | None = None,
    ) -> None:
        self._text = Text(stream, FEED.names_columns)
        self._header = find_header(self._text.head, FEED)
        self._currency = currency
        self.decimals = decimals
        self.columns = Columns.of(self._header)
        self._numbers = _Known(_number)
        self._places = _Known(partial(_placed, place))
        self._amounts: tuple[_Known, _Known] | None = None  # quantities, prices

    @property
    def names_stores(self) -> bool:
        return self.columns.store is not None

    def __iter__(self) -> Iterator[Batch]:
        for parts in ahead(self._split()):
            yield self._read(parts)

    def _split(self) -> Iterator[Split]:
        usual = self.columns.width
        for records in records_of(self._text, self._header):
            parts = split(records, self.columns, self._header.separator)
            if records.cut:
                self._must_be_whole(records, usual)
            usual = parts.usual
            yield parts

    def _must_be_whole(self, records: Records, usual: int) -> None:
        """The last row has as many values as most of those before."""
        last, line = records[-1], int(records.numbers[-1])
        cells = cells_of(last, self._header.separator)
        if cells is None or len(cells) < min(usual, self.columns.width):
            raise SheetError(f"The file is cut off: it ends in the middle of line {line}, {last!r:.60}.")

    def _amounts_of(self, prices: pl.Series) -> tuple[_Known, _Known]:
        """What reads quantities and prices: the first of the prices show how the file writes decimals."""
        if self._amounts is None:
            if self.decimals is None:
                some = prices.unique(maintain_order=True).head(_MOST_LOOKED_AT)
                self.decimals = decimals_of(some, self._currency, self._header.separator)
            quantities = _Known(partial(_pieces, comma=self.decimals.comma))
            self._amounts = quantities, _Known(partial(price, currency=self._currency, decimals=self.decimals))
        return self._amounts

    def _read(self, parts: Split) -> Batch:
        quantities, prices = self._amounts_of(parts.rows["price"])
        rows = self._numbered(parts.rows)
        rows = rows.hstack(self._of(quantities, self._quantity_texts(rows), "qty"))
        rows = rows.hstack(self._of(prices, rows["price"], "price"))
        rows = rows.hstack(self._of(self._places, rows["store"], "store"))
        causes = ("upc_cause", "fault", "qty_cause", "price_cause", "store_cause")
        rows = rows.with_columns(pl.coalesce(*causes).alias("cause"))
        torn = pl.DataFrame({"line": parts.torn}, schema={"line": pl.Int32}).with_columns(
            pl.lit("The row can't be read: a quotation mark in it has no partner.").alias("cause")
        )
        refused = pl.concat([rows.filter(pl.col("cause").is_not_null()).select(*REMARKS), torn]).sort("line")
        return Batch(_usable(rows), rows.height + len(parts.torn), refused, _repairs(rows))

    def _numbered(self, rows: pl.DataFrame) -> pl.DataFrame:
        """With the number of each product and its digits, what was put right to read it, or why it is none."""
        numbers, digits = _plain_numbers(rows["upc"])
        odd = self._of(self._numbers, rows["upc"].filter(numbers.is_null()), "upc")
        if not odd.height:
            nothing = [pl.lit(None, pl.String).alias(name) for name in ("upc_cause", "upc_repair")]
            return rows.with_columns(numbers.alias("number"), digits.alias("digits"), *nothing)
        place = numbers.is_null().cum_sum().cast(pl.Int64) - 1
        told = odd[place.clip(0)].with_columns(
            pl.when(pl.lit(numbers.is_null())).then(pl.col(name)).alias(name) for name in odd.columns
        )
        value = pl.col("upc_value")
        return rows.hstack(
            told.with_columns(
                pl.coalesce(pl.lit(numbers), value // _DIGITS).alias("number"),
                pl.coalesce(pl.lit(digits), value % _DIGITS).cast(pl.Int8).alias("digits"),
            )
        )

    def _quantity_texts(self, rows: pl.DataFrame) -> pl.Series:
        if self.columns.availability is None:
            return rows["qty"]
        return rows.select(pl.concat_str("qty", "availability", separator=_UNIT))["qty"]

    def _of(self, known: _Known, texts: pl.Series, name: str) -> pl.DataFrame:
        return known.of(texts).rename({column: f"{name}_{column}" for column in _READ})


class _Known:
    """Reads each different text of a column once: tills write few quantities, prices and stores, again and again."""

    def __init__(self, read: Callable[[str], Told | Price]) -> None:
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
                value, repair = self._read(text)
            except (ValueRefusedError, PriceError, GtinError) as error:
                self._known[text] = None, str(error), None
            else:
                self._known[text] = value, None, repair or None
        return self._known[text]


def _plain_numbers(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The numbers of those texts that are digits alone, and how many; the rest are null."""
    numbers, digits = texts.cast(pl.Int64, strict=False), texts.str.len_bytes()
    plain = digits.is_between(1, 18) & ~texts.str.contains(r"^[+-]") & numbers.is_between(FEWEST, MOST - 1)
    odd = ~plain.fill_null(value=False)
    return numbers.set(odd, None), digits.cast(pl.Int8, strict=False).set(odd, None)


def _number(text: str) -> Told:
    told: Written = written(text)
    return Told(told.number * _DIGITS + told.digits, told.repair)


def _pieces(text: str, *, comma: bool) -> Told:
    told, unit, availability = text.partition(_UNIT)
    return available(told, availability, comma=comma) if unit else quantity(told, comma=comma)


def _placed(place: Callable[[str], int | str], text: str) -> Told:
    found = place(text.strip())
    if isinstance(found, str):
        raise ValueRefusedError(found)
    return Told(found)


def _usable(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a product's number in a known store; without a quantity where that, or the price, could not be read."""
    known = rows.filter(pl.col("upc_cause").is_null() & pl.col("store_cause").is_null())
    return known.select(
        "line",
        pl.col("store_value").alias("store_id"),
        "number",
        "digits",
        pl.when(pl.col("cause").is_null()).then(pl.col("qty_value")).cast(pl.Int32).alias("qty"),
        pl.when(pl.col("cause").is_null()).then(pl.col("price_value")).alias("price"),
    )


def _repairs(rows: pl.DataFrame) -> pl.DataFrame:
    good = pl.col("cause").is_null()
    parts = [
        rows.filter(good & pl.col(name).is_not_null()).select("line", pl.col(name).alias("cause"))
        for name in ("upc_repair", "qty_repair", "price_repair")
    ]
    return pl.concat(parts).sort("line", maintain_order=True)
