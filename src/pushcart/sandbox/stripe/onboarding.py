"""What a connected account still owes and what it may do: opened by onboarding, closed by Stripe or its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe import events
from pushcart.sandbox.stripe.keys import GONE

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call

DUE = (
    "business_profile.product_description",
    "business_profile.support_phone",
    "business_profile.url",
    "external_account",
    "tos_acceptance.date",
    "tos_acceptance.ip",
)


def requirements(*, due: tuple[str, ...] = (), disabled_reason: str | None = None) -> dict[str, Any]:
    """The `requirements` hash of an account that owes these fields."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": list(due),
        "disabled_reason": disabled_reason,
        "errors": [],
        "eventually_due": list(due),
        "past_due": list(due),
        "pending_verification": [],
    }


def completed(call: Call, account: dict[str, Any]) -> dict[str, Any]:
    """The retailer has answered all that was asked: charges and payouts open."""
    return _changed(
        call,
        account,
        charges_enabled=True,
        payouts_enabled=True,
        details_submitted=True,
        capabilities=dict.fromkeys(account["capabilities"], "active"),
        requirements=requirements(),
        tos_acceptance={"date": call.now, "ip": "127.0.0.1", "user_agent": None},
    )


def disabled(call: Call, account: dict[str, Any], reason: str) -> dict[str, Any]:
    """Stripe stops the account's charges: `requirements.past_due`, `rejected.fraud` and so on."""
    due = ("individual.verification.document",) if reason.startswith("requirements.") else ()
    return _changed(
        call,
        account,
        charges_enabled=False,
        payouts_enabled=False,
        capabilities=dict.fromkeys(account["capabilities"], "inactive"),
        requirements=requirements(due=due, disabled_reason=reason),
    )


def deauthorized(call: Call, account: dict[str, Any]) -> None:
    """The retailer takes the platform's access away: from now on its calls on this account are refused."""
    application = {"id": call.application, "object": "application", "name": "PushCart"}
    events.tell(call, "account.application.deauthorized", application)
    call.store.move(account["id"], GONE)


def authorized(call: Call, account: dict[str, Any]) -> None:
    """The retailer gives it back, or for the first time."""
    call.store.move(account["id"], call.platform)
    application = {"id": call.application, "object": "application", "name": "PushCart"}
    events.tell(call, "account.application.authorized", application)


def _changed(call: Call, account: dict[str, Any], **changes: Any) -> dict[str, Any]:
    after = call.store.save({**account, **changes})
    events.tell(call, "account.updated", after, before=account)
    return after
