"""What happens by itself when its time has come by the movable clock: holds lapse, refunds turn."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pushcart.sandbox.stripe import calling, refunding
from pushcart.sandbox.stripe.calling import Call
from pushcart.sandbox.stripe.resources import checkout_sessions, payment_intents

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.store import Store

_TURNS = {
    "payment_intent": payment_intents.lapse,
    "refund": refunding.turned,
    "checkout.session": checkout_sessions.expired,
}


def sweep(store: Store, base_url: str) -> int:
    """Does all that is due and returns how much it was. Belongs inside a transaction."""
    now = calling.now()
    rows = store.db.execute(
        "SELECT object, account, body FROM objects WHERE due_at <= ? ORDER BY due_at, seq", (now,)
    ).fetchall()
    for row in rows:
        account = row["account"]
        call = Call(store, account, store.platform_of(account) or account, base_url, now=now)
        _TURNS[row["object"]](call, json.loads(row["body"]))
    return len(rows)
