"""Money as it moved: rows that are only ever added, from which the invariants are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call


def moved(call: Call, kind: str, amount: int, charge: dict[str, Any], *, source: str | None = None) -> None:
    """Writes one movement; nothing for an amount of 0.

    `kind` is hold, capture, release, refund, refund_failed, dispute or dispute_won; `source` the refund's or dispute's
    id, the charge's where None.
    """
    if not amount:
        return
    call.store.db.execute(
        "INSERT INTO movements (account, payment_intent, charge, kind, amount, currency, at, source) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            call.account,
            charge["payment_intent"],
            charge["id"],
            kind,
            amount,
            charge["currency"],
            call.now,
            source or charge["id"],
        ),
    )
