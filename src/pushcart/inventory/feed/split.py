"""Lines into values, many at a time: what is plain goes through polars, what is odd line by line."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pushcart.kit.sheets.cells import cells_of
from pushcart.kit.sheets.limits import LONGEST_LINE
from pushcart.kit.sheets.records import separators

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from pushcart.inventory.feed.columns import Columns
    from pushcart.kit.sheets.records import Bools, Ints, Records

_NEWLINE, _QUOTE = 10, 34
SCHEMA = {
    "line": pl.Int32,
    "upc": pl.String,
    "qty": pl.String,
    "price": pl.String,
    "store": pl.String,
    "availability": pl.String,
    "fault": pl.String,
}
NAMED = ("upc", "qty", "price", "store", "availability")


@dataclass
class Split:
    """The values of some records, as text.

    Attributes:
        rows: Columns as in `SCHEMA`, by line; an absent value is an empty text. `fault` says why nothing of the row but
            its product can be used, else it is null. Empty lines are left out.
        torn: Lines that can't be split at all.
        usual: How many values most of them have.
    """

    rows: pl.DataFrame
    torn: list[int]
    usual: int


def split(records: Records, columns: Columns, separator: str) -> Split:
    """Splits records of the columns that the header names."""
    text = np.frombuffer(records.text, np.uint8)
    counts, plain = _separators(text, records.ends, ord(separator))
    usual = _usual(counts, plain, columns.width - 1)
    plain &= counts == usual
    layout = _Layout(columns, separator, usual)
    rows = _plain_rows(records, text, plain, layout)
    # Without a product it may be an empty line, of separators alone.
    nameless = _is_nameless(rows)
    unnamed = np.searchsorted(records.numbers, rows.filter(nameless)["line"].to_numpy())
    odd = np.concatenate((np.flatnonzero(~plain & (records.ends > records.starts)), unnamed))
    odd_rows, torn = _odd_rows(records, np.sort(odd), layout)
    if odd_rows.height:
        rows = pl.concat([rows.filter(~nameless), odd_rows]).sort("line")
    return Split(rows, torn, usual + 1)


@dataclass(frozen=True)
class _Layout:
    columns: Columns
    separator: str
    usual: int

    @property
    def named(self) -> dict[int, str]:
        """The columns that are read, by their places."""
        places = {field.name: getattr(self.columns, field.name) for field in fields(self.columns)}
        return {places[name]: name for name in NAMED if places[name] is not None}


def _is_nameless(rows: pl.DataFrame) -> pl.Series:
    return rows["upc"].str.strip_chars() == ""


def _separators(text: NDArray[np.uint8], ends: Ints, separator: int) -> tuple[Ints, Bools]:
    """How many separators each record has, and whether its quotation marks are plain: around values, none inside."""
    quotes = np.flatnonzero(text == _QUOTE)
    if not len(quotes):
        counts = np.diff(np.searchsorted(np.flatnonzero(text == separator), ends), prepend=0)
        return counts, np.ones(len(ends), bool)
    lines = np.searchsorted(ends, quotes)
    plain = np.bincount(lines, minlength=len(ends)) % 2 == 0
    nth = np.arange(len(quotes)) - np.searchsorted(lines, lines)
    plain[lines[~_stand_at_an_edge(text, quotes, nth, separator)]] = False
    # Those that are not plain count their marks in pairs too, or they would turn those after them inside out.
    counts, _ = separators(text, quotes, lines, ends, separator)
    return counts, plain


def _stand_at_an_edge(text: NDArray[np.uint8], quotes: Ints, nth: Ints, separator: int) -> Bools:
    """The first mark of each pair behind a separator or a line's end, the second before one: as csv has them.

    Any other, as the doubled one in "22"" kettle", makes its line an odd one.
    """
    before, after = text[quotes - 1], text[np.minimum(quotes + 1, len(text) - 1)]
    opens = (quotes == 0) | (before == separator) | (before == _NEWLINE)
    closes = (quotes == len(text) - 1) | (after == separator) | (after == _NEWLINE)
    return np.asarray(np.where(nth % 2 == 0, opens, closes))


def _usual(counts: Ints, plain: Bools, expected: int) -> int:
    """How many separators most lines have: tills may leave one out at the end of each row, or add one."""
    told = counts[plain & (counts > 0)]
    return int(np.bincount(told[told < LONGEST_LINE]).argmax()) if len(told) else expected


def _plain_rows(records: Records, text: NDArray[np.uint8], plain: Bools, layout: _Layout) -> pl.DataFrame:
    # Rows that most end before the first value that is read hold nothing for polars.
    if not plain.any() or layout.usual < max(1, min(layout.named)):
        plain[:] = False
        return pl.DataFrame(schema=SCHEMA)
    piece = records.text
    if not plain.all():
        of_plain = np.repeat(plain, np.diff(records.ends, prepend=-1))[: len(text)]
        piece = text[of_plain].tobytes()
    width = layout.usual + 1
    surplus = range(layout.columns.width, width)
    wanted = sorted([at for at in layout.named if at < width] + list(surplus))
    frame = pl.read_csv(
        piece,
        has_header=False,
        separator=layout.separator,
        quote_char='"' if b'"' in piece else None,
        columns=[f"column_{at}" for at in wanted],
        infer_schema=False,
        empty_string_is_null=False,
    )
    frame.columns = [layout.named.get(at, f"surplus_{at}") for at in wanted]
    lines = pl.Series("line", records.numbers[plain], pl.Int32)
    too_many = pl.any_horizontal(
        *[pl.col(f"surplus_{at}").str.strip_chars() != "" for at in surplus] or [pl.lit(False)]
    )
    fault = pl.when(too_many).then(pl.lit(_too_many(width, layout.columns.width))).otherwise(None)
    absent = [pl.lit("").alias(name) for name in NAMED if name not in frame.columns]
    return frame.with_columns(lines, *absent, fault.alias("fault").cast(pl.String)).select(*SCHEMA)


def _odd_rows(records: Records, odd: Iterable[int], layout: _Layout) -> tuple[pl.DataFrame, list[int]]:
    rows, torn = [], []
    named, width = layout.named, layout.columns.width
    for n in odd:
        line = int(records.numbers[n])
        cells = cells_of(records[n], layout.separator)
        if cells is None:
            torn.append(line)
        elif any(cells):
            values = {name: cells[at] if at < len(cells) else "" for at, name in named.items()}
            fault = _too_many(len(cells), width) if any(cells[width:]) else None
            rows.append((line, *(values.get(name, "") for name in NAMED), fault))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row"), torn


def _too_many(values: int, width: int) -> str:
    """A price of 1,299.00 that nobody quoted is two values."""
    return f"The row has {values} values where the first line names {width} columns."
