"""A cardholder disputes a charge: the money is gone until the dispute is won."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe import balances, events
from pushcart.sandbox.stripe.movements import moved
from pushcart.sandbox.stripe.store import new_id

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call

_EVIDENCE_WITHIN = 9 * 24 * 3600
EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)


def opened(call: Call, charge: dict[str, Any], *, whole: bool = False, inquiry: bool = False) -> dict[str, Any]:
    """Opens a dispute over what of the charge is left, withdraws the money, and returns the charge.

    A bank that does not know yet of a refund on its way takes the `whole`; an `inquiry` takes nothing.
    """
    amount = charge["amount_captured"] - (0 if whole else charge["amount_refunded"])
    dispute = _dispute(call, charge, amount)
    if inquiry:
        return _asked_about(call, charge, dispute)
    dispute["balance_transactions"] = [_withdrawn(call, dispute)]
    call.store.insert(call.account, dispute)
    moved(call, "dispute", amount, charge, source=dispute["id"])
    after = call.store.save({**charge, "disputed": True})
    events.tell(call, "charge.dispute.created", dispute)
    events.tell(call, "charge.dispute.funds_withdrawn", dispute)
    return after


def closed(call: Call, dispute: dict[str, Any], *, won: bool) -> dict[str, Any]:
    """The bank decides. A dispute that is won brings the money and its fee back."""
    if dispute["status"].startswith("warning"):
        return _warned(call, dispute)
    after = {**dispute, "status": "won" if won else "lost", "is_charge_refundable": False}
    if won:
        charge = call.store.read(call.account, "charge", dispute["charge"])
        after["balance_transactions"] = [*dispute["balance_transactions"], _reinstated(call, dispute)]
        moved(call, "dispute_won", dispute["amount"], charge, source=dispute["id"])
    call.store.save(after)
    events.tell(call, "charge.dispute.closed", after, before=dispute)
    if won:
        events.tell(call, "charge.dispute.funds_reinstated", after)
    return after


def _asked_about(call: Call, charge: dict[str, Any], dispute: dict[str, Any]) -> dict[str, Any]:
    dispute |= {"status": "warning_needs_response", "is_charge_refundable": True}
    dispute["payment_method_details"]["card"]["case_type"] = "inquiry"
    call.store.insert(call.account, dispute)
    events.tell(call, "charge.dispute.created", dispute)
    return charge


def _warned(call: Call, dispute: dict[str, Any]) -> dict[str, Any]:
    after = call.store.save({**dispute, "status": "warning_closed"})
    events.tell(call, "charge.dispute.closed", after, before=dispute)
    return after


def _dispute(call: Call, charge: dict[str, Any], amount: int) -> dict[str, Any]:
    card = charge["payment_method_details"]["card"]
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": call.now + _EVIDENCE_WITHIN,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": card["brand"],
                "case_type": "chargeback",
                "network": card["network"],
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": "fraudulent",
        "status": "needs_response",
    }


def _withdrawn(call: Call, dispute: dict[str, Any]) -> dict[str, Any]:
    return balances.booked(
        call,
        "adjustment",
        -dispute["amount"],
        dispute["currency"],
        dispute["id"],
        fee_details=[_dispute_fee(dispute["currency"], balances.DISPUTE_FEE)],
        category="dispute",
        description=f"Chargeback withdrawal for {dispute['charge']}",
    )


def _reinstated(call: Call, dispute: dict[str, Any]) -> dict[str, Any]:
    return balances.booked(
        call,
        "adjustment",
        dispute["amount"],
        dispute["currency"],
        dispute["id"],
        fee_details=[_dispute_fee(dispute["currency"], -balances.DISPUTE_FEE)],
        category="dispute_reversal",
        description=f"Chargeback reversal for {dispute['charge']}",
    )


def _dispute_fee(currency: str, amount: int) -> dict[str, Any]:
    return {
        "amount": amount,
        "application": None,
        "currency": currency,
        "description": "Dispute fee",
        "type": "stripe_fee",
    }
