"""What happened, told: an event object in the account's books and a delivery to each endpoint that listens."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import stripe

from pushcart.sandbox.stripe.store import new_id

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call


def tell(call: Call, kind: str, told: dict[str, Any], *, before: dict[str, Any] | None = None) -> None:
    """Records an event in the call's account.

    `kind` is `payment_intent.succeeded` and so on; `told` the object as it now stands, of which the event keeps this
    copy; `before` the object as it was, for `previous_attributes`.
    """
    data: dict[str, Any] = {"object": told}
    if before is not None:
        data["previous_attributes"] = {name: was for name, was in before.items() if told.get(name) != was}
    event = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": stripe.api_version,
        "created": call.now,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
        "type": kind,
    }
    if call.connected:
        event["account"] = call.account
    listeners = _listeners(call, kind)
    event["pending_webhooks"] = len(listeners)
    call.store.insert(call.account, event)
    _queue(call, str(event["id"]), listeners)


def _listeners(call: Call, kind: str) -> list[str]:
    """The account's own endpoints, and the platform's Connect endpoints for what befalls its accounts."""
    rows = call.store.db.execute(
        """
        SELECT id, body FROM objects WHERE object = 'webhook_endpoint'
        AND json_extract(body, '$.status') = 'enabled'
        AND ((account = :account AND NOT json_extract(hidden, '$.connect'))
             OR (account = :platform AND json_extract(hidden, '$.connect') AND :connected))
        """,
        {"account": call.account, "platform": call.platform, "connected": call.connected},
    )
    return [row["id"] for row in rows if {"*", kind} & set(json.loads(row["body"])["enabled_events"])]


def _queue(call: Call, event: str, listeners: list[str]) -> None:
    """At once, unless a test holds, delays or doubles what is sent (`/_double/webhooks`)."""
    mood = call.store.setting("webhooks", {})
    due = time.time() + mood.get("delay_seconds", 0)
    for endpoint in listeners * mood.get("copies", 1):
        call.store.db.execute(
            "INSERT INTO deliveries (event, endpoint, due, status) VALUES (?, ?, ?, ?)",
            (event, endpoint, due, "held" if mood.get("hold") else "waiting"),
        )
