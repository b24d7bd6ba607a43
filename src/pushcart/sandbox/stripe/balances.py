"""What each movement of money does to an account's balance: balance transactions, and the platform's fees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe import events
from pushcart.sandbox.stripe.money import stripe_fee
from pushcart.sandbox.stripe.store import new_id

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call

_PAID_OUT_AFTER = 2 * 24 * 3600
# What a lost or fought dispute costs the account, in minor units (docs.stripe.com/disputes).
DISPUTE_FEE = 1500
_CATEGORY = {
    "charge": "charge",
    "refund": "refund",
    "refund_failure": "refund_failure",
    "application_fee": "platform_earning",
    "application_fee_refund": "platform_earning_refund",
}


def booked(
    call: Call,
    kind: str,
    amount: int,
    currency: str,
    source: str,
    *,
    fee_details: list[dict[str, Any]] | None = None,
    category: str | None = None,
    description: str | None = None,
) -> dict[str, Any]:
    """Writes a balance transaction: `amount` in minor units, positive where the balance grows before fees."""
    fees = fee_details or []
    fee = sum(int(detail["amount"]) for detail in fees)
    return call.store.insert(
        call.account,
        {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": call.now + _PAID_OUT_AFTER,
            "balance_type": "payments",
            "created": call.now,
            "currency": currency,
            "description": description,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": fees,
            "net": amount - fee,
            "reporting_category": category or _CATEGORY[kind],
            "source": source,
            "status": "pending",
            "type": kind,
        },
    )


def charge_booked(call: Call, charge: dict[str, Any], amount: int, application_fee: int) -> dict[str, Any]:
    """Books a captured charge: Stripe's fee and the platform's come off the connected account's balance."""
    currency = charge["currency"]
    fees = [_fee(stripe_fee(amount, currency), currency, "stripe_fee", "Stripe processing fees", None)]
    if application_fee:
        application = call.application
        fees.append(_fee(application_fee, currency, "application_fee", "application fee", application))
    return booked(call, "charge", amount, currency, charge["id"], fee_details=fees, description=charge["description"])


def fee_returned(call: Call, currency: str, amount: int) -> dict[str, Any]:
    """The platform's fee that goes back with a refund, as the refund's balance transaction tells it."""
    return _fee(-amount, currency, "application_fee", "Application fee refund", call.application)


def application_fee(call: Call, charge: dict[str, Any], amount: int) -> dict[str, Any]:
    """The platform's fee, in the platform's own books."""
    platform = call.at_platform()
    fee = {
        "id": new_id("fee"),
        "object": "application_fee",
        "account": call.account,
        "amount": amount,
        "amount_refunded": 0,
        "application": call.application,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "fee_source": {"charge": charge["id"], "type": "charge"},
        "livemode": False,
        "originating_transaction": None,
        "refunded": False,
    }
    fee["refunds"] = {
        "object": "list",
        "data": [],
        "has_more": False,
        "url": f"/v1/application_fees/{fee['id']}/refunds",
    }
    booking = booked(platform, "application_fee", amount, str(charge["currency"]), str(fee["id"]))
    fee["balance_transaction"] = booking["id"]
    call.store.insert(call.platform, fee)
    events.tell(platform, "application_fee.created", fee)
    return fee


def application_fee_given_back(
    platform: Call, fee: dict[str, Any], amount: int, metadata: dict[str, str]
) -> dict[str, Any]:
    """Gives `amount` of the platform's fee back to the connected account, and returns the fee refund."""
    back = {
        "id": new_id("fr"),
        "object": "fee_refund",
        "amount": amount,
        "balance_transaction": None,
        "created": platform.now,
        "currency": fee["currency"],
        "fee": fee["id"],
        "metadata": metadata,
    }
    booking = booked(platform, "application_fee_refund", -amount, fee["currency"], str(back["id"]))
    back["balance_transaction"] = booking["id"]
    refunded = fee["amount_refunded"] + amount
    platform.store.insert(platform.account, back)
    after = {
        **fee,
        "amount_refunded": refunded,
        "refunded": refunded == fee["amount"],
        "refunds": {**fee["refunds"], "data": [back, *fee["refunds"]["data"]]},
    }
    platform.store.save(after)
    events.tell(platform, "application_fee.refunded", after, before=fee)
    return back


def _fee(amount: int, currency: str, kind: str, description: str, application: str | None) -> dict[str, Any]:
    return {
        "amount": amount,
        "application": application,
        "currency": currency,
        "description": description,
        "type": kind,
    }
