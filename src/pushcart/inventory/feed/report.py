"""What is to be said of a feed line by line: what was set aside and why, and what was put right."""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from pushcart.inventory.models import Import

# Whoever sent a million wrong rows has one thing to mend, not a million to read: so many stand in the import's record,
# and so many in the file.
MOST_LISTED = 1000
MOST_WRITTEN = 100_000
_HEADER = ("line", "what", "cause")


class Report:
    """Collects remarks: counts them all, lists the first of each kind, and writes more of them into a CSV file."""

    def __init__(self, file: Path) -> None:
        self.rows = 0
        self.refused: list[dict[str, Any]] = []
        self.refused_count = 0
        self.repaired: list[dict[str, Any]] = []
        self.repaired_count = 0
        self._file = file
        self._out: Any = None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """While it lasts, remarks also go into the file."""
        with self._file.open("w", encoding="utf-8", newline="") as out:
            self._out = csv.writer(out)
            self._out.writerow(_HEADER)
            yield
        self._out = None

    def refuse(self, remarks: pl.DataFrame) -> None:
        """Lines that were set aside, with their causes."""
        self._take("refused", remarks, self.refused_count, self.refused)
        self.refused_count += remarks.height

    def repair(self, remarks: pl.DataFrame) -> None:
        """What was put right."""
        self._take("repaired", remarks, self.repaired_count, self.repaired)
        self.repaired_count += remarks.height

    def columns(self) -> dict[str, Any]:
        """For the import's row."""
        return {
            "rows": self.rows,
            "refused": sorted(self.refused, key=lambda remark: int(remark["line"])),
            "refused_count": self.refused_count,
            "repaired": sorted(self.repaired, key=lambda remark: int(remark["line"])),
            "repaired_count": self.repaired_count,
        }

    def _take(self, what: str, remarks: pl.DataFrame, before: int, listed: list[dict[str, Any]]) -> None:
        for line, cause in remarks.head(max(0, MOST_WRITTEN - before)).iter_rows():
            if len(listed) < MOST_LISTED:
                listed.append({"line": line, "cause": cause})
            if self._out is not None:
                self._out.writerow([line, what, cause])


def as_csv(feed: Import) -> str:
    """The report as far as the import's record has it, for when its file is gone."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(_HEADER)
    out.writerows([remark["line"], "refused", remark["cause"]] for remark in feed.refused)
    out.writerows([remark["line"], "repaired", remark["cause"]] for remark in feed.repaired)
    return text.getvalue()
