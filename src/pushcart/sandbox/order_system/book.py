"""The retailer's own books: orders, the pushes it has seen, and a log. SQLite, as small shops have it."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pushes (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS orders (
    hash TEXT PRIMARY KEY, sequence INTEGER NOT NULL, document TEXT NOT NULL, undecided INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS log (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, hash TEXT, text TEXT NOT NULL
);
"""


class Book:
    """All that must outlive a restart."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._now = now
        self._db = sqlite3.connect(folder / "orders.sqlite3", isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(_SCHEMA)

    def take(self, push_id: str, document: dict[str, Any], event: str) -> bool:
        """Keeps what a push brought, once for each push; whether it was new.

        Pushes come at least once, and an old one may come late: an order never goes back to a lower sequence.
        """
        self._db.execute("BEGIN IMMEDIATE")
        try:
            seen = self._db.execute("INSERT OR IGNORE INTO pushes VALUES (?)", [push_id]).rowcount == 0
            if not seen:
                self._keep(document, undecided=event == "carts.ordered")
                self.note(f"{event}, sequence {document['sequence']}: {document['status']}", document["hash"])
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return not seen

    def undecided(self) -> list[dict[str, Any]]:
        """The orders that still want a decision, oldest first; those of a run that was cut off too."""
        rows = self._db.execute("SELECT document FROM orders WHERE undecided ORDER BY rowid")
        return [json.loads(row["document"]) for row in rows]

    def decided(self, cart_hash: str) -> None:
        self._db.execute("UPDATE orders SET undecided = 0 WHERE hash = ?", [cart_hash])

    def order(self, cart_hash: str) -> dict[str, Any] | None:
        row = self._db.execute("SELECT document FROM orders WHERE hash = ?", [cart_hash]).fetchone()
        return json.loads(row["document"]) if row else None

    def orders(self, most: int = 50) -> list[dict[str, Any]]:
        """The latest orders."""
        rows = self._db.execute("SELECT document FROM orders ORDER BY rowid DESC LIMIT ?", [most])
        return [json.loads(row["document"]) for row in rows]

    def note(self, text: str, cart_hash: str = "") -> None:
        at = self._now().isoformat()
        self._db.execute("INSERT INTO log (at, hash, text) VALUES (?, ?, ?)", [at, cart_hash, text])

    def log(self, after: int = 0, most: int = 200) -> list[dict[str, Any]]:
        """What happened after entry `after`, in order."""
        rows = self._db.execute("SELECT * FROM log WHERE number > ? ORDER BY number LIMIT ?", [after, most])
        return [dict(row) for row in rows]

    def _keep(self, document: dict[str, Any], *, undecided: bool) -> None:
        self._db.execute(
            """INSERT INTO orders VALUES (:hash, :sequence, :document, :undecided)
               ON CONFLICT (hash) DO UPDATE SET sequence = :sequence, document = :document
               WHERE excluded.sequence > orders.sequence""",
            {
                "hash": document["hash"],
                "sequence": document["sequence"],
                "document": json.dumps(document),
                "undecided": int(undecided),
            },
        )
