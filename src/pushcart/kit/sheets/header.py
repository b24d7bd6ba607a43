"""Which column of a table holds what, by the names that tills, shops and spreadsheets give them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushcart.kit.sheets.cells import cells_of
from pushcart.kit.sheets.errors import SheetError

if TYPE_CHECKING:
    from collections.abc import Mapping

SEPARATORS = (",", "\t", ";", "|")
# Titles, dates and empty lines that a report may have above its header.
MOST_ABOVE = 40
_WEB_PAGE = ("<!doctype html", "<html")
_MOST_SHOWN = 8
_LONGEST_SHOWN = 30

Places = dict[str, int]


@dataclass(frozen=True)
class Vocabulary:
    """What a kind of file tells.

    Attributes:
        aliases: By value, how its column may be called: letters and digits alone, the better name first.
        needs: What no such file can do without: for each need, the sets of columns that fulfil it, the usual one first.
        example: The names of its columns, for people.
    """

    aliases: Mapping[str, tuple[str, ...]]
    needs: tuple[tuple[frozenset[str], ...], ...]
    example: str

    def lacks(self, places: Places) -> list[str]:
        """Columns that are missing, by their usual names."""
        return [min(ways[0]) for ways in self.needs if not any(way <= places.keys() for way in ways)]

    def find(self, header: list[str]) -> Places:
        """Where each value stands, counted from 0."""
        names = [_plain(name) for name in header]
        places = {value: _first(names, aliases) for value, aliases in self.aliases.items()}
        return {value: at for value, at in places.items() if at is not None}

    def names_columns(self, head: str) -> bool:
        """Whether a header is in it."""
        try:
            find_header(head, self)
        except SheetError:
            return False
        return True


@dataclass(frozen=True)
class Header:
    """The line that names the columns.

    Attributes:
        line: Counts from 1.
        separator: Between the values of all lines.
        places: Where each value stands, counted from 0.
        width: How many columns it names.
    """

    line: int
    separator: str
    places: Places
    width: int


def find_header(head: str, vocabulary: Vocabulary) -> Header:
    """The first line of the beginning that names enough columns; what stands above it is passed over.

    Raises:
        SheetError: there is none.
    """
    lines = head.split("\n")[:MOST_ABOVE]
    for number, line in enumerate(lines, 1):
        separator, cells, places = _best(line, vocabulary)
        if not vocabulary.lacks(places):
            return Header(number, separator, places, len(cells))
    raise SheetError(_why_none([line for line in lines if line.strip()], vocabulary))


def _best(line: str, vocabulary: Vocabulary) -> tuple[str, list[str], Places]:
    """The separator under which the line names most of what we look for; a comma where none does."""
    ways = []
    for separator in SEPARATORS:
        cells = cells_of(line, separator) or [line]
        ways.append((separator, cells, vocabulary.find(cells)))
    return max(ways, key=lambda way: len(way[2]))


def _first(names: list[str], aliases: tuple[str, ...]) -> int | None:
    return next((names.index(alias) for alias in aliases if alias in names), None)


def _plain(name: str) -> str:
    """Letters and digits alone: `Quantité (Stk.)` is `quantitestk`."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", name).lower())


def _why_none(lines: list[str], vocabulary: Vocabulary) -> str:
    if not lines:
        return "The file is empty."
    if lines[0].strip().lower().startswith(_WEB_PAGE):
        return "It is a web page, perhaps one that asks to log in: the file itself is needed."
    line = max(lines, key=lambda line: len(_best(line, vocabulary)[2]))  # the first of those that name most
    _, cells, places = _best(line, vocabulary)
    missing = vocabulary.lacks(places)
    if missing == vocabulary.lacks({}):
        return f"The first line must name the columns ({vocabulary.example}); it holds {_shown(cells)}."
    return f"No column for {missing[0]} is named in the first line: it holds {_shown(cells)}."


def _shown(header: list[str]) -> str:
    names = [repr(name[:_LONGEST_SHOWN]) for name in header[:_MOST_SHOWN]]
    return ", ".join(names) + (", …" if len(header) > _MOST_SHOWN else "")
