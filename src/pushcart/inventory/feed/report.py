"""What is to be said of a feed line by line: what was set aside and why, and what was put right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.inventory.feed.read import Remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pushcart.inventory.feed.read import Row
    from pushcart.inventory.feed.staging import Repeated

# Whoever sent a million wrong rows has one thing to mend, not a million to read.
MOST_LISTED = 1000


class Report:
    """Collects remarks; lists the first thousand of each kind and counts them all."""

    def __init__(self) -> None:
        self.rows = 0
        self.refused: list[dict[str, Any]] = []
        self.refused_count = 0
        self.repaired: list[dict[str, Any]] = []
        self.repaired_count = 0
        self._line = 0

    def rows_of(self, found: Iterable[Row | Remark]) -> Iterator[Row]:
        """The rows alone; remarks stay here, and lines are counted."""
        for each in found:
            if each.line != self._line:
                self._line = each.line
                self.rows += 1
            if isinstance(each, Remark):
                (self.refuse if each.refused else self.repair)(each.line, each.cause)
            else:
                yield each

    def refuse(self, line: int, cause: str) -> None:
        self.refused_count += 1
        if len(self.refused) < MOST_LISTED:
            self.refused.append({"line": line, "cause": cause})

    def repair(self, line: int, cause: str) -> None:
        self.repaired_count += 1
        if len(self.repaired) < MOST_LISTED:
            self.repaired.append({"line": line, "cause": cause})

    def outdone(self, repeated: Iterable[Repeated]) -> None:
        """A row that could not be read was reported already."""
        for row in repeated:
            if not row.unreadable:
                self.refuse(row.line, f"Product {row.upc} is told again in line {row.counts}, which counts.")

    def columns(self) -> dict[str, Any]:
        """For the import's row."""
        return {
            "rows": self.rows,
            "refused": sorted(self.refused, key=lambda remark: remark["line"]),
            "refused_count": self.refused_count,
            "repaired": self.repaired,
            "repaired_count": self.repaired_count,
        }
