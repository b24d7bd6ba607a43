"""A file that is nearly the last one: what differs between two texts, line by line, so that only that is read."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pushcart.inventory.feed.columns import FEED
from pushcart.kit.sheets.errors import SheetError
from pushcart.kit.sheets.header import find_header
from pushcart.kit.sheets.limits import MB
from pushcart.kit.sheets.text import Text
from pushcart.kit.sheets.unpack import is_workbook, unpacked

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

# Both are in memory at once. A larger one is read whole, a piece at a time.
_MOST = 64 * MB
# No file that is worth comparing has it; so a line is one value.
_UNIT = "\x1f"
_NEWLINE = ord("\n")
_PIECE = MB // 4
# Of the lines: looking for more of them one by one takes longer than reading all.
_FEW = 0.1
# Marks may put lines together, the others are for the reader to refuse.
_ODD = (b'"', b"\0", b"\r", _UNIT.encode())


@dataclass(frozen=True)
class Lines:
    """A text whose lines stand each for itself.

    Attributes:
        text: All of it; each line has its end.
        below: Where the lines begin: behind the one that names the columns.
        ends: Where they end.
    """

    text: bytes
    below: int
    ends: NDArray[np.int64]

    @property
    def head(self) -> bytes:
        return self.text[: self.below]

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        return np.concatenate(([self.below], self.ends[:-1] + 1))

    def those(self, chosen: NDArray[np.bool_] | None) -> pl.Series:
        """Of the chosen lines, or of all, those that hold anything.

        Raises:
            ComputeError: a letter is broken.
        """
        if chosen is None:
            text = self.text[self.below :]
        else:
            places = zip(self.starts[chosen].tolist(), self.ends[chosen].tolist(), strict=True)
            text = b"".join([self.text[start : end + 1] for start, end in places])
        if not text or text.isspace():
            return pl.Series("line", [], pl.String)
        frame = pl.read_csv(
            text,
            has_header=False,
            new_columns=["line"],
            separator=_UNIT,
            quote_char=None,
            infer_schema=False,
        )
        return frame["line"].drop_nulls()

    def only(self, some: pl.Series) -> bytes:
        """As if the file had these lines alone."""
        return self.head + b"".join(line.encode() + b"\n" for line in some)


def lines_of(file: Path) -> Lines | None:
    """None where the lines don't stand each for itself, or the file is better read by whoever says what is wrong."""
    if file.stat().st_size > _MOST or is_workbook(file):
        return None
    try:
        with unpacked(file, FEED, _MOST) as stream:
            whole = stream.read()
        text = Text(io.BytesIO(whole), FEED.names_columns)
        header = find_header(text.head, FEED)
    except SheetError:
        return None
    whole = text.plain(whole)
    if not whole.endswith(b"\n") or any(odd in whole for odd in _ODD):
        return None
    at = 0
    for _ in range(header.line):
        at = whole.find(b"\n", at) + 1
    ends = _newlines(whole, at)
    return Lines(whole, at, ends) if len(ends) else None


def _newlines(text: bytes, since: int) -> NDArray[np.int64]:
    """Piece by piece, for each of which the processor has room at hand."""
    codes = np.frombuffer(text, np.uint8)
    pieces = range(since, len(codes), _PIECE)
    found = [np.flatnonzero(codes[at : at + _PIECE] == _NEWLINE) + at for at in pieces]
    return np.concatenate([np.zeros(0, np.int64), *found])


def differing(before: Lines, after: Lines) -> tuple[pl.Series, pl.Series] | None:
    """The lines that are gone, and those that came; None where the two are told apart by more than that.

    Args:
        before: Each of its lines once: it was read without a remark.
        after: Of which a line that stands twice is for the reader to remark upon.
    """
    if before.head != after.head:
        return None
    # Most nights most lines stay in their places: that much is seen at once.
    moved = _moved(before, after)
    try:
        was, now = (each.those(moved).to_frame() for each in (before, after))
    except pl.exceptions.ComputeError:
        return None
    gone = was.join(now, on="line", how="anti")["line"]
    came = now.join(was, on="line", how="anti")["line"]
    if now.height - was.height != len(came) - len(gone):
        return None
    return gone, came


def _moved(before: Lines, after: Lines) -> NDArray[np.bool_] | None:
    """Which lines are not what they were in the same place; None where these are not few."""
    if len(before.ends) != len(after.ends):
        return None
    was, now = before.starts, after.starts
    moved: NDArray[np.bool_] = before.ends - was != after.ends - now
    if moved.mean() > _FEW:
        return None
    # Between two lines of another length the texts run side by side, however far apart.
    borders = np.concatenate((np.flatnonzero(moved), [len(moved)])).tolist()
    one, other = np.frombuffer(before.text, np.uint8), np.frombuffer(after.text, np.uint8)
    unlike: list[NDArray[np.int64]] = []
    first = 0
    for border in borders:
        if border > first:
            here, there = int(was[first]), int(now[first])
            length = int(before.ends[border - 1]) - here
            unlike.append(np.flatnonzero(one[here : here + length] != other[there : there + length]) + here)
        first = border + 1
    if unlike:
        moved[before.ends.searchsorted(np.concatenate(unlike))] = True
    return moved if moved.mean() <= _FEW else None
