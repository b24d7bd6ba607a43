"""A target for atheris: files that are packed in any way, and damaged, are read or refused by a SheetError.

`python -m tests.inventory.fuzz_file CORPUS -atheris_runs=100000`. What a case's first bytes say is done with the rest:
whether it is packed as .gz, in one part or two, as a workbook, or both; and where a byte of it is changed or its end is
missing. Bytes that are changed at random would hardly ever be a .gz at all.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from pathlib import Path

import atheris
import django

with atheris.instrument_imports(include=["pushcart.kit.sheets"]):
    from pushcart.inventory.feed.columns import FEED
    from pushcart.kit.sheets.errors import SheetError
    from pushcart.kit.sheets.unpack import unpacked
from tests.inventory.fuzz_feed import must_be_stock
from tests.workbooks import workbook

MOST = 2**20
# Of 256 cases, those that open a workbook, which starts a process; and those that are damaged.
_BOOKS, _DAMAGED = 8, 100


def read(case: bytes) -> None:
    """Reads a file as the case says.

    Raises:
        AssertionError: more was read than is allowed, or what was read can't be stock.
    """
    packing, damage, place, content = case[0:1], case[1:2], case[2:4], case[4:]
    packed = _packed(content, int.from_bytes(packing))
    if int.from_bytes(damage) < _DAMAGED and packed:
        packed = _damaged(packed, int.from_bytes(damage), int.from_bytes(place) * len(packed) >> 16)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "feed"
        file.write_bytes(packed)
        try:
            with unpacked(file, FEED, MOST) as stream:
                must_be_stock(stream)
        except SheetError:
            return


def _packed(content: bytes, how: int) -> bytes:
    if how < _BOOKS:
        text = content.decode("utf-8", "replace").translate(_NO_XML)
        book = workbook(*([line.split(",") for line in sheet.split("\n")] for sheet in text.split("\f")))
        return gzip.compress(book) if how % 2 else book
    if how % 3 == 0:
        return content
    half = len(content) // 2 if how % 2 else 0
    return (gzip.compress(content[:half]) if half else b"") + gzip.compress(content[half:])


def _damaged(packed: bytes, damage: int, at: int) -> bytes:
    if damage % 2:
        return packed[:at]
    return packed[:at] + bytes([packed[at] ^ (damage + 1)]) + packed[at + 1 :]


# What no XML may hold.
_NO_XML = dict.fromkeys((*range(9), 11, *range(14, 32), 65534, 65535), " ")

if __name__ == "__main__":
    django.setup()
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
