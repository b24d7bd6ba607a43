"""Every cause for which a store can't sell, or can't sell by PushCart: a code for machines, a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal["pushcart", "bil", "store"]


@dataclass(frozen=True)
class Reason:
    """One cause.

    Attributes:
        code: Stays the same from version to version.
        scope: `store`: the place itself; `bil`: Buy it Locally is broken, nothing can be ordered; `pushcart`: orders
            are taken by the standard workflow meanwhile.
        message: What is the matter and what mends it.
    """

    code: str
    scope: Scope
    message: str

    def as_json(self) -> dict[str, str]:
        return {"code": self.code, "scope": self.scope, "message": self.message}


STORE_CLOSED = Reason("store_closed", "store", "The store is closed for good.")

TAX_RATE_MISSING = Reason("tax_rate_missing", "bil", "The store has no local sales tax rate in force.")
STRIPE_MISSING = Reason("stripe_missing", "bil", "The retailer has not connected a Stripe account.")
STRIPE_DISCONNECTED = Reason("stripe_disconnected", "bil", "The retailer's Stripe account was disconnected.")
BILLING_MISSING = Reason("billing_missing", "bil", "The retailer's account has no payment method for its own bills.")

PUSHCART_OFF = Reason("pushcart_off", "pushcart", "The store is not activated for PushCart.")
FEED_MISSING = Reason("feed_missing", "pushcart", "The store's stock was never fed.")
ENDPOINT_MISSING = Reason(
    "endpoint_missing", "pushcart", "The retailer's PushCart profile has no webhook URL for orders."
)

_ENDPOINT_STATES = {
    "unchecked": "has not answered its check yet",
    "failing": "does not answer",
    "paused": "is paused",
    "behind": "takes orders slower than they come",
    "stopped": "answered that it is gone",
}


def stripe_cannot_charge(disabled_reason: str) -> Reason:
    why = f": {disabled_reason}" if disabled_reason else ""
    return Reason("stripe_charges_disabled", "bil", f"The retailer's Stripe account can't charge cards{why}.")


def feed_stale(max_age_hours: int) -> Reason:
    return Reason("feed_stale", "pushcart", f"The store's stock was last fed more than {max_age_hours} hours ago.")


def endpoint_not_working(state: str) -> Reason:
    return Reason(f"endpoint_{state}", "pushcart", f"The retailer's webhook URL {_ENDPOINT_STATES[state]}.")
