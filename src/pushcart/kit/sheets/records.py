"""The records of a text: lines, and lines that belong together because a value in quotation marks has line breaks.

A mark that nobody closes is a typing error, as in `22" kettle`, and must not swallow the lines that follow. So lines
are put together only where that gives one whole record: not too long, and as wide as the header says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pushcart.kit.sheets.cells import cells_of
from pushcart.kit.sheets.errors import SheetError
from pushcart.kit.sheets.limits import LONGEST_LINE, MOST_LINES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pushcart.kit.sheets.header import Header
    from pushcart.kit.sheets.text import Text

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

_NEWLINE, _QUOTE, _BLANK = 10, 34, 32
# Tills leave a last value out, or add an empty one.
_MOST_ASIDE = 1


@dataclass(frozen=True)
class Records:
    """Some records, in the order of the file; a line break within a value has become a blank.

    Attributes:
        text: UTF-8.
        starts, ends: Where each of them stands in it; at the end is a newline, or nothing.
        numbers: Of the line where each begins, counted from 1 in the whole file.
        cut: Behind the last of them stands no line's end, so it may be half of one.
    """

    text: bytes
    starts: Ints
    ends: Ints
    numbers: Ints
    cut: bool

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, n: int) -> str:
        return self.text[self.starts[n] : self.ends[n]].decode()


def records_of(text: Text, header: Header) -> Iterator[Records]:
    """What stands below the header, a few megabytes at a time.

    Raises:
        SheetError: there is a NUL or an endless line among them: no text file has that.
    """
    line, held = 1, b""
    for piece in text:
        below, first = _below(piece, line, header.line)
        line += piece.count(b"\n")
        # What was held back begins above this piece.
        first -= held.count(b"\n")
        below = held + below
        if not below:
            continue
        found, held = _records(below, first, header, last=text.ends_open)
        if len(found):
            yield found
    if held:
        found, _ = _records(held, line - held.count(b"\n"), header, last=True)
        yield found


def _below(piece: bytes, line: int, header: int) -> tuple[bytes, int]:
    above = max(0, header + 1 - line)
    at = 0
    for _ in range(above):
        at = piece.find(b"\n", at) + 1 or len(piece)
    return piece[at:], line + above


def _records(piece: bytes, first: int, header: Header, *, last: bool) -> tuple[Records, bytes]:
    """The records, and the end of the piece that may go on in the next one."""
    text = np.frombuffer(piece, np.uint8)
    ends = np.flatnonzero(text == _NEWLINE)
    cut = not piece.endswith(b"\n")
    if cut:
        ends = np.append(ends, len(text))
    starts = np.concatenate(([0], ends[:-1] + 1))
    _must_be_text(piece, starts, ends, first)
    numbers = np.arange(first, first + len(ends))
    if b'"' not in piece:
        return Records(piece, starts, ends, numbers, cut), b""
    marks = _Marks(text, starts, ends, header)
    rest = b""
    if not last and (open_from := marks.open_from()) is not None:
        rest = piece[starts[open_from] :]
        piece, text = piece[: starts[open_from]], text[: starts[open_from]]
        starts, ends, numbers = starts[:open_from], ends[:open_from], numbers[:open_from]
        cut = False
    within = marks.within[: len(ends)]
    if within.any():
        joined = text.copy()
        joined[ends[within]] = _BLANK
        piece = joined.tobytes()
        begins = np.concatenate(([True], ~within[:-1]))
        starts, ends, numbers = starts[begins], ends[~within], numbers[begins]
    return Records(piece, starts, ends, numbers, cut), rest


def _must_be_text(piece: bytes, starts: Ints, ends: Ints, first: int) -> None:
    if (at := piece.find(b"\0")) >= 0:
        line = first + int(np.searchsorted(ends, at))
        raise SheetError(f"The file is no text: line {line} holds bytes that no CSV file has.")
    # Of UTF-8, up to four bytes a character.
    for n in np.flatnonzero(ends - starts >= LONGEST_LINE):
        if len(piece[starts[n] : ends[n]].decode()) >= LONGEST_LINE:
            raise SheetError(f"The file is no feed: line {first + int(n)} is longer than {LONGEST_LINE:,} characters.")


class _Marks:
    """The quotation marks of some lines. `within` says of each line's end whether it stands inside a value."""

    def __init__(self, text: NDArray[np.uint8], starts: Ints, ends: Ints, header: Header) -> None:
        self._text, self._starts, self._ends = text, starts, ends
        self._separator, self._width = header.separator, header.width
        quotes = np.flatnonzero(text == _QUOTE)
        line_of = np.searchsorted(ends, quotes)
        count = np.bincount(line_of, minlength=len(ends))
        # Each of these lines has a mark without a partner: a value begins in it, or ends, or it is a typing error.
        self._odd = np.flatnonzero(count % 2)
        self.within = np.zeros(len(ends), bool)
        self._left_open: int | None = None
        if len(self._odd):
            self._pair(quotes, line_of, count)

    def open_from(self) -> int | None:
        """The line in which a value begins that may end behind the last line."""
        return self._left_open

    def _pair(self, quotes: Ints, line_of: Ints, count: Ints) -> None:
        odd = self._odd
        opens, fits, simple = (each.tolist() for each in self._judged(quotes, line_of, count))
        lines = odd.tolist()
        n, last = 0, len(lines) - 1
        while n <= last:
            line = lines[n]
            if not opens[n] and cells_of(self._lines(line, line), self._separator) is not None:
                n += 1  # a mark within a value, as a sign for inches
            elif n == last:
                if self._near(line, len(self._ends) - 1):
                    self._left_open = line
                n += 1
            elif fits[n] and (simple[n] or self._is_record(line, lines[n + 1])):
                self.within[line : lines[n + 1]] = True
                n += 2
            else:
                n += 1

    def _judged(self, quotes: Ints, line_of: Ints, count: Ints) -> tuple[Bools, Bools, Bools]:
        """Of each odd line, whether its last mark begins a value.

        And of each but the last, whether it and the next one end a record that is near and wide enough, and whether
        nothing in that is doubtful.
        """
        odd = self._odd
        outside, inside = separators(self._text, quotes, line_of, self._ends, ord(self._separator))
        firsts = np.searchsorted(line_of, odd)
        closes = self._is_edge(quotes[firsts] + 1)
        opens = self._is_edge(quotes[firsts + count[odd] - 1] - 1)
        a, b = odd[:-1], odd[1:]
        seen = np.concatenate(([0], np.cumsum(inside)))
        width = outside[a] + seen[b + 1] - seen[a + 1] + 1
        fits = (np.abs(width - self._width) <= _MOST_ASIDE) & self._near(a, b)
        marks = np.concatenate(([0], np.cumsum(count)))
        return opens, fits, opens[:-1] & closes[1:] & (marks[b] == marks[a + 1])

    def _is_edge(self, at: Ints) -> Bools:
        """Whether a separator or a line's end stands there."""
        bytes_ = self._text[np.clip(at, 0, len(self._text) - 1)]
        edge = (bytes_ == _NEWLINE) | (bytes_ == ord(self._separator))
        return np.asarray(edge | (at < 0) | (at >= len(self._text)))

    def _near(self, a: Ints | int, b: Ints | int) -> Bools:
        return np.asarray((b - a < MOST_LINES) & (self._ends[b] - self._starts[a] < LONGEST_LINE))

    def _lines(self, first: int, last: int) -> str:
        return self._text[self._starts[first] : self._ends[last]].tobytes().decode()

    def _is_record(self, first: int, last: int) -> bool:
        cells = cells_of(self._lines(first, last), self._separator)
        return cells is not None and abs(len(cells) - self._width) <= _MOST_ASIDE


def separators(text: NDArray[np.uint8], quotes: Ints, line_of: Ints, ends: Ints, separator: int) -> tuple[Ints, Ints]:
    """How many separators each line has outside of quotation marks: if it begins outside of them, and if inside."""
    places = np.flatnonzero(text == separator)
    seen = np.searchsorted(quotes, places)
    before_line = np.searchsorted(line_of, np.searchsorted(ends, places))
    even = (seen - before_line) % 2 == 0
    outside = np.diff(np.searchsorted(places[even], ends), prepend=0)
    inside = np.diff(np.searchsorted(places[~even], ends), prepend=0)
    return outside, inside
