"""Stripe's events as the double made them, and as they come to us: signed, one by one, in whatever order."""

from __future__ import annotations

import json
from typing import Any

import stripe

from pushcart.payments.client import stripe_client
from tests.doubles import WEBHOOK_SECRET


def events_of(account_id: str, kind: str | list[str], *, limit: int = 100) -> list[dict[str, Any]]:
    """An account's newest events of a type (`charge.dispute.*`) or of several, in the order in which they happened."""
    of_kind: Any = {"type": kind} if isinstance(kind, str) else {"types": kind}
    page = stripe_client(test=False).v1.events.list(
        params={**of_kind, "limit": limit}, options={"stripe_account": account_id}
    )
    return [event.to_dict() for event in page.data][::-1]


def sent(event: dict[str, Any]) -> tuple[bytes, str]:
    """The body and the `Stripe-Signature` header of a delivery."""
    payload = json.dumps(event)
    return payload.encode(), stripe.WebhookSignature.generate_signature_header(payload, WEBHOOK_SECRET)
