"""Looks for planted secrets in whatever form somebody could read them back from: clear, hex, base64, an address."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator

# Types of columns that have no room for one.
_TOO_SMALL = (
    *("smallint", "integer", "bigint", "boolean", "numeric", "real", "double precision", "date", "uuid", "interval"),
    *("timestamp with time zone", "timestamp without time zone", "time without time zone"),
)


def forms(secret: str) -> set[str]:
    """The texts by which the secret is known: as it is, in an address, in hex, and within base64 of either alphabet."""
    raw = secret.encode()
    return {secret, quote(secret, safe=""), quote_plus(secret), raw.hex(), raw.hex().upper(), *_in_base64(raw)}


def _in_base64(raw: bytes) -> Iterator[str]:
    """What stays the same of it whatever stands before and after: three bytes make four letters, so three ways."""
    for before in range(3):
        first, last = (before * 8 + 5) // 6, (before + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(before) + raw).decode()[first:last]


class Planted:
    """Secrets by name, so that what is found can be told without being said."""

    def __init__(self, **secrets: str) -> None:
        self._forms = {name: forms(secret) for name, secret in secrets.items()}

    def within(self, text: str) -> list[str]:
        """The names of those that stand in the text."""
        # Bytes are shown in hex: a form of it that was kept as bytes is looked for in there too.
        bytes_too = "".join(bytes.fromhex(each).decode(errors="replace") for each in _HEX.findall(text))
        return [name for name, known in self._forms.items() if any(f in text or f in bytes_too for f in known)]

    def in_database(self) -> list[str]:
        """`table.column: name` of each that stands in the database now."""
        return [f"{table}.{column}: {name}" for table, column, text in cells() for name in self.within(text)]


_HEX = re.compile(r"\\x((?:[0-9a-f]{2})+)")


def columns() -> Iterator[tuple[str, str]]:
    """Each column of the database that has room for a secret: with Django's tables and those of its libraries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.data_type <> ALL(%s)"
            " ORDER BY c.table_name, c.ordinal_position",
            [list(_TOO_SMALL)],
        )
        yield from cursor.fetchall()


def cells() -> Iterator[tuple[str, str, str]]:
    """All that stands in those columns, a text for each that has any."""
    of_tables: dict[str, list[str]] = {}
    for table, column in columns():
        of_tables.setdefault(table, []).append(column)
    with connection.cursor() as cursor:
        for table, names in of_tables.items():
            texts = ", ".join(f"string_agg(\"{name}\"::text, ' ')" for name in names)
            cursor.execute(f'SELECT {texts} FROM "{table}"')  # noqa: S608 names of our own tables
            yield from ((table, name, text) for name, text in zip(names, cursor.fetchone(), strict=True) if text)
