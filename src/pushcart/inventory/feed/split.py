"""Lines into values, many at a time: what is plain goes through polars, what is odd line by line."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pushcart.inventory.feed.cells import cells_of
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.feed.limits import LONGEST_LINE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from pushcart.inventory.feed.columns import Columns

    _Bools = NDArray[np.bool_]
    _Ints = NDArray[np.int64]

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
    """The values of some lines, as text.

    Attributes:
        rows: Columns as in `SCHEMA`, by line; an absent value is an empty text. `fault` says why nothing of the row but
            its product can be used, else it is null. Empty lines are left out.
        torn: Lines that can't be split at all.
    """

    rows: pl.DataFrame
    torn: list[int]


def split(piece: bytes, first: int, columns: Columns, separator: str) -> Split:
    """Splits whole lines, of which the first has the number `first`.

    Raises:
        FeedError: there is a NUL or an endless line among them: no text file has that.
    """
    text = np.frombuffer(piece, np.uint8)
    ends = np.flatnonzero(text == _NEWLINE)
    if not piece.endswith(b"\n"):
        ends = np.append(ends, len(text))
    starts = np.concatenate(([0], ends[:-1] + 1))
    _must_be_text(piece, starts, ends, first)
    counts, plain = _separators(text, ends, ord(separator))
    usual = _usual(counts, plain, columns.width - 1)
    plain &= counts == usual
    rows = _plain_rows(piece, text, plain, ends, _Layout(columns, separator, usual, first))
    # Without a product it may be an empty line, of separators alone.
    nameless = rows["upc"].str.strip_chars() == ""
    odd = np.concatenate((np.flatnonzero(~plain & (ends > starts)), rows.filter(nameless)["line"].to_numpy() - first))
    odd_rows, torn = _odd_rows(piece, np.sort(odd), starts, ends, _Layout(columns, separator, usual, first))
    if odd_rows.height:
        rows = pl.concat([rows.filter(~nameless), odd_rows]).sort("line")
    return Split(rows, torn)


@dataclass(frozen=True)
class _Layout:
    columns: Columns
    separator: str
    usual: int
    first: int

    @property
    def named(self) -> dict[int, str]:
        """The columns that are read, by their places."""
        places = {field.name: getattr(self.columns, field.name) for field in fields(self.columns)}
        return {places[name]: name for name in NAMED if places[name] is not None}


def _must_be_text(piece: bytes, starts: _Ints, ends: _Ints, first: int) -> None:
    if (at := piece.find(b"\0")) >= 0:
        line = first + int(np.searchsorted(ends, at))
        raise FeedError(f"The file is no text: line {line} holds bytes that no CSV file has.")
    # Of UTF-8, up to four bytes a character.
    for n in np.flatnonzero(ends - starts >= LONGEST_LINE):
        if len(piece[starts[n] : ends[n]].decode()) >= LONGEST_LINE:
            raise FeedError(f"The file is no feed: line {first + int(n)} is longer than {LONGEST_LINE:,} characters.")


def _separators(text: NDArray[np.uint8], ends: _Ints, separator: int) -> tuple[_Ints, _Bools]:
    """How many separators each line has, and whether its quotation marks are plain: around values, and none inside."""
    places = np.flatnonzero(text == separator)
    quotes = np.flatnonzero(text == _QUOTE)
    plain = np.ones(len(ends), bool)
    if len(quotes):
        lines = np.searchsorted(ends, quotes)
        plain = np.bincount(lines, minlength=len(ends)) % 2 == 0
        nth = np.arange(len(quotes)) - np.searchsorted(lines, lines)
        plain[lines[~_stand_at_an_edge(text, quotes, nth, separator)]] = False
        # Lines that are not plain count their marks in pairs too, or they would turn those after them inside out.
        places = places[_outside(places, quotes, lines, ends)]
    counts = np.diff(np.searchsorted(places, ends), prepend=0)
    return counts, plain


def _stand_at_an_edge(text: NDArray[np.uint8], quotes: _Ints, nth: _Ints, separator: int) -> _Bools:
    """The first mark of each pair behind a separator or a line's end, the second before one: as csv has them.

    Any other, as the doubled one in "22"" kettle", makes its line an odd one.
    """
    before, after = text[quotes - 1], text[np.minimum(quotes + 1, len(text) - 1)]
    opens = (quotes == 0) | (before == separator) | (before == _NEWLINE)
    closes = (quotes == len(text) - 1) | (after == separator) | (after == _NEWLINE)
    return np.asarray(np.where(nth % 2 == 0, opens, closes))


def _outside(places: _Ints, quotes: _Ints, lines: _Ints, ends: _Ints) -> _Bools:
    """Which separators stand outside of quotation marks, counted anew in each line."""
    seen = np.searchsorted(quotes, places)
    before_line = np.searchsorted(lines, np.searchsorted(ends, places))
    return np.asarray((seen - before_line) % 2 == 0)


def _usual(counts: _Ints, plain: _Bools, expected: int) -> int:
    """How many separators most lines have: tills may leave one out at the end of each row, or add one."""
    told = counts[plain & (counts > 0)]
    return int(np.bincount(told[told < LONGEST_LINE]).argmax()) if len(told) else expected


def _plain_rows(piece: bytes, text: NDArray[np.uint8], plain: _Bools, ends: _Ints, layout: _Layout) -> pl.DataFrame:
    # Rows that most end before the first value that is read hold nothing for polars.
    if not plain.any() or layout.usual < max(1, min(layout.named)):
        plain[:] = False
        return pl.DataFrame(schema=SCHEMA)
    if not plain.all():
        of_plain = np.repeat(plain, np.diff(ends, prepend=-1))[: len(text)]
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
    lines = pl.Series("line", np.flatnonzero(plain) + layout.first, pl.Int32)
    too_many = pl.any_horizontal(
        *[pl.col(f"surplus_{at}").str.strip_chars() != "" for at in surplus] or [pl.lit(False)]
    )
    fault = pl.when(too_many).then(pl.lit(_too_many(width, layout.columns.width))).otherwise(None)
    absent = [pl.lit("").alias(name) for name in NAMED if name not in frame.columns]
    return frame.with_columns(lines, *absent, fault.alias("fault").cast(pl.String)).select(*SCHEMA)


def _odd_rows(
    piece: bytes, odd: Iterable[int], starts: _Ints, ends: _Ints, layout: _Layout
) -> tuple[pl.DataFrame, list[int]]:
    rows, torn = [], []
    named, width = layout.named, layout.columns.width
    for n in odd:
        cells = cells_of(piece[starts[n] : ends[n]].decode(), layout.separator)
        if cells is None:
            torn.append(layout.first + int(n))
        elif any(cells):
            values = {name: cells[at] if at < len(cells) else "" for at, name in named.items()}
            fault = _too_many(len(cells), width) if any(cells[width:]) else None
            rows.append((layout.first + int(n), *(values.get(name, "") for name in NAMED), fault))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row"), torn


def _too_many(values: int, width: int) -> str:
    """A price of 1,299.00 that nobody quoted is two values."""
    return f"The row has {values} values where the first line names {width} columns."
