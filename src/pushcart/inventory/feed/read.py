"""Reading a feed: rows of products and quantities out of a stream of bytes, one after the other, none held back."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from pushcart.inventory.feed.columns import columns_of, separator_of
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.feed.values import ValueRefusedError, price, product, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushcart.inventory.feed.columns import Columns

_SAMPLE = 65_536
_LONGEST_LINE = 20_000
_KNOWN_BINARIES = {
    b"PK\x03\x04": "It is an Excel workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "It is an old Excel workbook",
    b"\x1f\x8b": "It is compressed with gzip",
    b"%PDF": "It is a PDF document",
}


@dataclass(frozen=True)
class Row:
    """A product as a store tells it.

    Attributes:
        line: In the file; its first is 1.
        store: The store's number as the file writes it; empty where it has no such column.
        upc: Canonical.
        qty: None: the row could not be read beyond its product, which stays as it is.
        price: Minor units; None: the product's own.
    """

    line: int
    store: str
    upc: str
    qty: int | None
    price: int | None


@dataclass(frozen=True)
class Remark:
    """Something to report of a line: why it was set aside, or what was put right in it."""

    line: int
    cause: str
    refused: bool


class Feed:
    """A feed whose header has been read. Iterating gives its rows and remarks in the order of its lines.

    Raises:
        FeedError: it is no text, has no header, or ends in the middle of a row (while it is iterated).
    """

    def __init__(self, stream: BinaryIO, *, currency: str) -> None:
        self._text = _text(stream)
        self._currency = currency
        header = self._text.readline(_LONGEST_LINE)
        if not header.strip():
            raise FeedError("The file is empty.")
        _must_be_text(header, 1)
        self._separator = separator_of(header)
        self.columns: Columns = columns_of(_cells(header, self._separator) or [header])

    @property
    def names_stores(self) -> bool:
        return self.columns.store is not None

    def __iter__(self) -> Iterator[Row | Remark]:
        line = 1
        while text := self._text.readline(_LONGEST_LINE):
            line += 1
            _must_be_text(text, line)
            cells = _cells(text, self._separator)
            if not text.endswith("\n") and (cells is None or len(cells) < self.columns.width):
                raise FeedError(f"The file is cut off: it ends in the middle of line {line}, {text!r:.60}.")
            if cells is None:
                yield Remark(line, "The row can't be read: a quotation mark in it has no partner.", refused=True)
            elif any(cells):
                yield from _read(line, cells, self.columns, self._currency)


def _must_be_text(text: str, line: int) -> None:
    if "\0" in text:
        raise FeedError(f"The file is no text: line {line} holds bytes that no CSV file has.")
    if len(text) >= _LONGEST_LINE:
        raise FeedError(f"The file is no feed: line {line} is longer than {_LONGEST_LINE:,} characters.")


def _cells(text: str, separator: str) -> list[str] | None:
    """A line's values without the blanks around them; None where its quotation marks don't match.

    Line by line, so that one stray mark spoils one row and not all that follow.
    """
    if '"' not in text:
        return [cell.strip() for cell in text.split(separator)]
    try:
        [cells] = csv.reader([text], delimiter=separator, strict=True)
    except csv.Error:
        return None
    return [cell.strip() for cell in cells]


def _text(stream: BinaryIO) -> io.TextIOWrapper:
    buffered = io.BufferedReader(_Raw(stream), _SAMPLE)
    sample = buffered.peek(_SAMPLE)[:_SAMPLE]
    for magic, what in _KNOWN_BINARIES.items():
        if sample.startswith(magic):
            raise FeedError(f"{what}: save it as CSV and send that.")
    return io.TextIOWrapper(buffered, encoding=_encoding(sample), errors="replace", newline=None)


def _encoding(sample: bytes) -> str:
    """UTF-8 and UTF-16 say so themselves; what is neither is what Windows tills write."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in sample:
        raise FeedError("The file is no text: it holds bytes that no CSV file has.")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


class _Raw(io.RawIOBase):
    """Any object that can be read from, in the shape that Python's buffers ask for. Closing it leaves that one open."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # typeshed's name for any buffer
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def _read(line: int, cells: list[str], columns: Columns, currency: str) -> Iterator[Row | Remark]:
    try:
        named = product(_cell(cells, columns.upc))
    except ValueRefusedError as error:
        yield Remark(line, str(error), refused=True)
        return
    store = _cell(cells, columns.store)
    try:
        _must_fit(cells, columns.width)
        qty, amount = quantity(_cell(cells, columns.qty)), price(_cell(cells, columns.price), currency)
    except ValueRefusedError as error:
        yield Remark(line, str(error), refused=True)
        yield Row(line, store, named.upc, None, None)
        return
    for repair in (named.repair, qty.repair):
        if repair:
            yield Remark(line, repair, refused=False)
    yield Row(line, store, named.upc, qty.value, amount.value)


def _must_fit(cells: list[str], width: int) -> None:
    """A price of 1,299.00 that nobody quoted is two values."""
    if any(cells[width:]):
        raise ValueRefusedError(f"The row has {len(cells)} values where the first line names {width} columns.")


def _cell(cells: list[str], at: int | None) -> str:
    return cells[at] if at is not None and at < len(cells) else ""
