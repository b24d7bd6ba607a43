"""Reading a table row by row, for files of which each value counts; a feed of stock is read by whole columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from pushcart.kit.sheets.cells import cells_of
from pushcart.kit.sheets.errors import SheetError
from pushcart.kit.sheets.header import find_header
from pushcart.kit.sheets.records import records_of
from pushcart.kit.sheets.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushcart.kit.sheets.header import Vocabulary


@dataclass(frozen=True)
class Row:
    """A row under its header.

    Attributes:
        line: Where it begins, counted from 1 in the file.
        values: By the vocabulary's names; what is not there is not in it.
        fault: Why it can't be used, as a sentence; else empty.
    """

    line: int
    values: dict[str, str]
    fault: str = ""


class Table:
    """A table whose header has been read. Iterating gives the rows that hold anything.

    Raises:
        SheetError: it is no text, has no header, or ends in the middle of a row (while it is iterated).
    """

    def __init__(self, stream: BinaryIO, vocabulary: Vocabulary) -> None:
        self._text = Text(stream, vocabulary.names_columns)
        self._header = find_header(self._text.head, vocabulary)

    @property
    def separator(self) -> str:
        return self._header.separator

    def __iter__(self) -> Iterator[Row]:
        for records in records_of(self._text, self._header):
            for n in range(len(records)):
                line, cells = int(records.numbers[n]), cells_of(records[n], self._header.separator)
                if cells is None and records.cut and n == len(records) - 1:
                    raise SheetError(f"The file is cut off: it ends in the middle of line {line}, {records[n]!r:.60}.")
                if cells is None:
                    yield Row(line, {}, "The row can't be read: a quotation mark in it has no partner.")
                elif any(cells):
                    yield self._row(line, cells)

    def _row(self, line: int, cells: list[str]) -> Row:
        width = self._header.width
        values = {name: cells[at] for name, at in self._header.places.items() if at < len(cells) and cells[at]}
        if any(cells[width:]):
            return Row(line, values, f"The row has {len(cells)} values where the first line names {width} columns.")
        return Row(line, values)
