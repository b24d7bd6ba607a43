"""Idempotency keys, kept for each account, as docs.stripe.com/api/idempotent_requests says.

The first answer to a key is kept whatever it was, a 500 included, once the call began to act; a request that is
turned away before (malformed, 401, 409, 429) leaves its key free.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pushcart.sandbox.stripe.calling import now
from pushcart.sandbox.stripe.errors import Refusal

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.store import Store

_LONGEST = 255
# Stripe may forget a key that is 24 hours old: here it does, so that whoever trusts an older one is found out.
_LIVES = 24 * 3600


def fingerprint(method: str, path: str, body: str) -> str:
    return hashlib.sha256(f"{method} {path}\n{body}".encode()).hexdigest()


def check_length(key: str) -> None:
    if len(key) > _LONGEST:
        raise Refusal(
            400,
            f"Idempotency keys can be up to {_LONGEST} characters long.",
            type="idempotency_error",
        )


def kept(store: Store, account: str, key: str, asked: str, path: str) -> tuple[int, str, str] | None:
    """Status, body and request id of the first answer to this key; None where it is new.

    Raises:
        Refusal: 400 `idempotency_error` where the key was used for something else.
    """
    row = store.db.execute(
        "SELECT * FROM idempotency WHERE account = ? AND key = ? AND at >= ?", (account, key, now() - _LIVES)
    ).fetchone()
    if row is None:
        return None
    if row["fingerprint"] != asked:
        raise Refusal(
            400,
            f"Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            f"using a key other than '{key}' if you meant to execute a different request to {path}.",
            type="idempotency_error",
        )
    return row["status"], row["body"], row["request_id"]


def keep(store: Store, account: str, key: str, *, asked: str, status: int, body: str, request_id: str) -> None:
    store.db.execute(
        "INSERT OR REPLACE INTO idempotency (account, key, fingerprint, status, body, request_id, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (account, key, asked, status, body, request_id, now()),
    )


def in_use() -> Refusal:
    """409: the first request with this key has not been answered yet."""
    return Refusal(
        409,
        "There is currently another in-progress request using this Idempotent Key (that probably means you submitted "
        "twice, and the other request is still going through): try again later.",
        type="idempotency_error",
        code="idempotency_key_in_use",
        headers={"Stripe-Should-Retry": "true"},
    )
