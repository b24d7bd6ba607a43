"""A file that is nearly the last one: what differs between two texts, line by line, so that only that is read."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pushcart.inventory.feed.columns import FEED
from pushcart.kit.sheets.errors import SheetError
from pushcart.kit.sheets.header import find_header
from pushcart.kit.sheets.limits import MB
from pushcart.kit.sheets.text import Text
from pushcart.kit.sheets.unpack import is_workbook, unpacked

if TYPE_CHECKING:
    from pathlib import Path

# Both are in memory at once. A larger one is read whole, a piece at a time.
_MOST = 64 * MB
# No file that is worth comparing has it; so a line is one value.
_UNIT = "\x1f"
# Marks may put lines together, the others are for the reader to refuse.
_ODD = (b'"', b"\0", b"\r", _UNIT.encode())


@dataclass(frozen=True)
class Lines:
    """A text whose lines stand each for itself.

    Attributes:
        head: All down to the line that names the columns.
        below: The lines that follow and hold anything.
    """

    head: bytes
    below: pl.Series

    def only(self, some: pl.Series) -> bytes:
        """As if the file had these lines alone."""
        return self.head + b"".join(line.encode() + b"\n" for line in some)


def lines_of(file: Path, sha256: str = "") -> Lines | None:
    """None where the lines don't stand each for itself, or the file is better read by whoever says what is wrong.

    Args:
        file: As it was kept.
        sha256: Of it, when it came in: one that is another by now tells nothing. Empty: it came in just now.
    """
    if file.stat().st_size > _MOST or is_workbook(file):
        return None
    try:
        with unpacked(file, FEED, _MOST) as stream:
            whole = stream.read()
        text = Text(io.BytesIO(whole), FEED.names_columns)
        header = find_header(text.head, FEED)
    except SheetError:
        return None
    if sha256 and _sha256(file, whole) != sha256:
        return None
    whole = text.plain(whole)
    if not whole.endswith(b"\n") or any(odd in whole for odd in _ODD) or whole.count(b"\n") <= header.line:
        return None
    at = 0
    for _ in range(header.line):
        at = whole.find(b"\n", at) + 1
    try:
        frame = pl.read_csv(
            whole,
            has_header=False,
            skip_lines=header.line,
            new_columns=["line"],
            separator=_UNIT,
            quote_char=None,
            infer_schema=False,
        )
    except pl.exceptions.ComputeError:  # a letter is broken
        return None
    return Lines(whole[:at], frame["line"].drop_nulls())


def _sha256(file: Path, read: bytes) -> str:
    """Of the file as it came, which is what was read of it but for one that was packed."""
    as_it_came = read if file.stat().st_size == len(read) else file.read_bytes()
    return hashlib.sha256(as_it_came).hexdigest()


def differing(before: Lines, after: Lines) -> tuple[pl.Series, pl.Series] | None:
    """The lines that are gone, and those that came; None where the two are told apart by more than that.

    Args:
        before: Each of its lines once: it was read without a remark.
        after: Of which a line that stands twice is for the reader to remark upon.
    """
    if before.head != after.head:
        return None
    was, now = before.below.to_frame(), after.below.to_frame()
    if was.height == now.height:
        # Most nights most lines stay in their places: that much is seen at once.
        moved = was["line"] != now["line"]
        was, now = was.filter(moved), now.filter(moved)
    gone = was.join(now, on="line", how="anti")["line"]
    came = now.join(was, on="line", how="anti")["line"]
    if len(after.below) != len(before.below) - len(gone) + len(came):
        return None
    return gone, came
