"""The types of events: what `record` is called with, and what an endpoint may be set to take.

`DOCUMENTED` are told with the cart's document; an endpoint that names no types gets all of these and no others.
"""

from __future__ import annotations

DOCUMENTED = frozenset(
    f"carts.{what}"
    for what in (
        "ordered",
        "received",
        "confirmed",
        "rejected",
        "auto_rejected",
        "cancelled",
        "charged",
        "charge_failed",
        "released",
        "lapsed",
        "fulfilled",
        "refunded",
        "refund_failed",
        "dispute_inquiry",
        "disputed",
        "dispute_won",
        "dispute_lost",
        "reminded",
    )
) | {"messages.posted"}

OTHERS = frozenset(
    (
        "companies.endpoint_unchecked",
        "companies.endpoint_working",
        "companies.endpoint_failing",
        "companies.endpoint_paused",
        "companies.endpoint_stopped",
        "companies.endpoint_behind",
        "companies.endpoint_caught_up",
        "companies.endpoint_certificate_ends",
        "companies.setup_invited",
        "eligibility.changed",
        "inventory.fed",
        "inventory.held",
        "inventory.aging",
        "inventory.drop_stuck",
        "inventory.source_failing",
        "inventory.source_working",
        "payments.account_connected",
        "payments.billing_card",
        "payments.settled_by_hand",
        "webhooks.unacknowledged",
        "webhooks.given_up",
        "webhooks.handed_over",
    )
)

TYPES = DOCUMENTED | OTHERS
