"""Everything the double remembers: one SQLite file in its state directory, so that a restart forgets nothing."""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe.errors import no_such

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALPHANUMERIC = string.ascii_letters + string.digits
# How Stripe's messages call a resource and the parameter that named it.
_CALLED = {
    "payment_intent": ("payment_intent", "intent"),
    "setup_intent": ("setupintent", "intent"),
    "payment_method": ("PaymentMethod", "payment_method"),
    "webhook_endpoint": ("webhook endpoint", "id"),
    "application_fee": ("application fee", "id"),
    "balance_transaction": ("balance transaction", "id"),
}

Body = dict[str, Any]


def new_id(prefix: str) -> str:
    """`pi_` and 24 letters and digits, as Stripe's own are."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHANUMERIC) for _ in range(24))}"


class Store:
    """The objects of every account. All calls belong inside `transaction`."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.db = sqlite3.connect(directory / "double.sqlite3", isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.db.executescript((Path(__file__).parent / "schema.sql").read_text())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def insert(self, account: str, body: Body, *, hidden: Body | None = None, due_at: int | None = None) -> Body:
        self.db.execute(
            "INSERT INTO objects (id, object, account, created, body, hidden, due_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                body["id"],
                body["object"],
                account,
                body["created"],
                json.dumps(body),
                json.dumps(hidden or {}),
                due_at,
            ),
        )
        return body

    def save(self, body: Body) -> Body:
        self.db.execute("UPDATE objects SET body = ? WHERE id = ?", (json.dumps(body), body["id"]))
        return body

    def hide(self, identifier: str, **changes: Any) -> None:
        """Remembers what the API doesn't show of an object."""
        hidden = {**self.hidden(identifier), **changes}
        self.db.execute("UPDATE objects SET hidden = ? WHERE id = ?", (json.dumps(hidden), identifier))

    def due(self, identifier: str, at: int | None) -> None:
        self.db.execute("UPDATE objects SET due_at = ? WHERE id = ?", (at, identifier))

    def find(self, account: str, kind: str, identifier: str) -> Body | None:
        row = self.db.execute(
            "SELECT body FROM objects WHERE id = ? AND account = ? AND object = ?", (identifier, account, kind)
        ).fetchone()
        return None if row is None else dict(json.loads(row["body"]))

    def read(self, account: str, kind: str, identifier: str, *, param: str | None = None) -> Body:
        """Raises Refusal, 404 `resource_missing`, where this account has no such object."""
        body = self.find(account, kind, identifier)
        if body is None:
            noun, called = _CALLED.get(kind, (kind, "id"))
            raise no_such(noun, identifier, param=param or called)
        return body

    def any(self, account: str, identifier: str) -> Body | None:
        """The object of that name, of whatever kind: for `expand`."""
        row = self.db.execute("SELECT body FROM objects WHERE id = ? AND account = ?", (identifier, account)).fetchone()
        return None if row is None else dict(json.loads(row["body"]))

    def hidden(self, identifier: str) -> Body:
        row = self.db.execute("SELECT hidden FROM objects WHERE id = ?", (identifier,)).fetchone()
        return dict(json.loads(row["hidden"])) if row else {}

    def platform_of(self, account: str) -> str | None:
        """The platform that a connected account was made or authorised by; None for a platform itself."""
        return self.hidden(account).get("platform")

    def move(self, identifier: str, account: str) -> None:
        """Into other books."""
        self.db.execute("UPDATE objects SET account = ? WHERE id = ?", (account, identifier))

    def account_of(self, identifier: str) -> str | None:
        row = self.db.execute("SELECT account FROM objects WHERE id = ?", (identifier,)).fetchone()
        return None if row is None else str(row["account"])

    def delete(self, identifier: str) -> None:
        self.db.execute("DELETE FROM objects WHERE id = ?", (identifier,))

    def all(self, kind: str, *, account: str | None = None) -> list[Body]:
        """Every object of a kind, oldest first, of one account or of all."""
        rows = self.db.execute(
            "SELECT body FROM objects WHERE object = ? AND (? IS NULL OR account = ?) ORDER BY seq",
            (kind, account, account),
        )
        return [json.loads(row["body"]) for row in rows]

    def setting(self, name: str, default: Any) -> Any:
        row = self.db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row["value"])

    def set(self, name: str, value: Any) -> None:
        self.db.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (name, json.dumps(value)))

    def forget(self) -> None:
        """Empties everything: a fresh double."""
        for table in ("objects", "movements", "idempotency", "deliveries", "faults", "settings"):
            self.db.execute(f"DELETE FROM {table}")  # noqa: S608 - the names stand here
