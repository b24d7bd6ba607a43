"""The shopper's 3-D Secure step, passed or failed: on its page, or by a test's hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe import confirming
from pushcart.sandbox.stripe.resources import setup_intents

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call


def authenticated(call: Call, identifier: str, *, passed: bool) -> dict[str, Any]:
    """Lets a payment or set-up intent go on. Raises ValueError where it waits for no authentication.

    A charge that is refused after a passed authentication leaves its refusal on the intent and raises none here.
    """
    kind = "setup_intent" if identifier.startswith("seti_") else "payment_intent"
    intent = call.store.read(call.account, kind, identifier)
    if intent["status"] != "requires_action":
        raise ValueError(f"{identifier} waits for no authentication: its status is {intent['status']}.")
    if kind == "setup_intent":
        return setup_intents.authenticated(call, intent, passed=passed)
    return confirming.authenticated(call, intent, passed=passed)
