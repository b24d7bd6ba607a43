"""Reading a small table that people made: CSV in any of its forms, or a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from charset_normalizer import from_bytes
from python_calamine import CalamineError, CalamineWorkbook

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 50_000_000
_SEPARATORS = ",;\t|"
_WORKBOOK = b"PK\x03\x04"


class SheetError(ValueError):
    """The file can't be read; the message is a sentence."""


@dataclass(frozen=True)
class Row:
    """A row under its header. `line` counts from 1, the header's included."""

    line: int
    values: dict[str, str]  # by `plain` names; what is not there is not in it


def rows(content: bytes) -> Iterator[Row]:
    """The rows that hold anything.

    Raises:
        SheetError: too large, neither text nor a workbook, or empty.
    """
    if len(content) > MOST_BYTES:
        raise SheetError(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    lines = _workbook(content) if content.startswith(_WORKBOOK) else _text(content)
    numbered = ((number, cells) for number, cells in enumerate(lines, 1) if any(cell.strip() for cell in cells))
    _, header = next(numbered, (0, []))
    if not header:
        raise SheetError("The file is empty.")
    names = [plain(cell) for cell in header]
    for number, cells in numbered:
        yield Row(number, {name: cell.strip() for name, cell in zip(names, cells, strict=False) if cell.strip()})


def plain(name: str) -> str:
    """A column's name by its letters and digits alone: `Product Name*` is `productname`."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", name).lower())


def _text(content: bytes) -> Iterator[list[str]]:
    if b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SheetError("The file is no text.")
    guessed = from_bytes(content).best() if content else None
    text = str(guessed) if guessed else ""
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator, strict=True)
    except csv.Error as error:
        raise SheetError(f"The file can't be read as a table: {error}.") from None


def _workbook(content: bytes) -> Iterator[list[str]]:
    """Its first sheet; a whole number has no `.0`."""
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    except (CalamineError, OSError) as error:
        raise SheetError(f"The workbook can't be read: {error}.") from None
    for cells in sheet.to_python(skip_empty_area=False):
        yield [str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell) for cell in cells]
