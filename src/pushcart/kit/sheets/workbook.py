"""A workbook's sheets as CSV on standard output: `python -m pushcart.kit.sheets.workbook FILE MEGABYTES`.

Behind each sheet stands `END`. A process of its own, for a workbook is unpacked as a whole: what it asks for is held
against a limit of memory and of time, and what goes wrong ends this process alone.
"""

from __future__ import annotations

import csv
import resource
import sys
from typing import Any

import python_calamine as calamine

SAYS = "feed: "
# No cell holds it: whoever splits a text by blanks takes it for one.
END = "\x1c"
TOO_MUCH = "The workbook can't be read: it is damaged, or asks for more memory or time than a feed needs. Send a CSV."
_MOST_SECONDS = 300


def main() -> None:
    file, megabytes = sys.argv[1], int(sys.argv[2])
    _limit(megabytes * 2**20)
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]  # it is a text file
    writer = csv.writer(sys.stdout, lineterminator="\n")
    try:
        book = calamine.load_workbook(file)
        for name in book.sheet_names:
            for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False):
                writer.writerow([_text(cell) for cell in row])
            sys.stdout.write(END)
    except (calamine.CalamineError, OSError, MemoryError) as error:
        sys.exit(SAYS + _sentence(error))


def _limit(memory: int) -> None:
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, _MOST_SECONDS)):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _text(cell: Any) -> str:
    """A number without a spreadsheet's `.0`; one value in one line."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def _sentence(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return TOO_MUCH
    if isinstance(error, calamine.PasswordError):
        return "The workbook is locked by a password: send it without one."
    return "It is a zip archive or a damaged workbook: send the file itself, or save it as CSV."


if __name__ == "__main__":
    main()
