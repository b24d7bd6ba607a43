"""Stripe's rule for intents that take whatever the dashboard allows: some methods redirect, so they want a way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe.errors import Refusal

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call

_NAMES = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}


def automatic(given: dict[str, Any] | None, allowed: list[str] | None) -> dict[str, Any] | None:
    """An intent's `automatic_payment_methods`: on, redirects and all, unless the call narrows it."""
    if allowed or (given is not None and not given.get("enabled", True)):
        return None
    return {"allow_redirects": "always", "enabled": True, **(given or {})}


def check_return_url(call: Call, intent: dict[str, Any]) -> None:
    """Raises Refusal, 400: without `return_url` it can be confirmed only where redirects are ruled out."""
    automatic_ones = intent["automatic_payment_methods"]
    if automatic_ones is None or automatic_ones["allow_redirects"] == "never" or "return_url" in call.params:
        return
    raise Refusal(
        400,
        f"This {_NAMES[intent['object']]} is configured to accept payment methods enabled in your Dashboard. Because "
        "some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. "
        "If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to "
        "`true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment "
        "Intents.",
        param="return_url",
    )
