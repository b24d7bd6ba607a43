"""The card's side of a payment: the charge that a confirmed intent makes, its capture and its release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe import balances, disputing, events
from pushcart.sandbox.stripe.movements import moved
from pushcart.sandbox.stripe.store import new_id

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call
    from pushcart.sandbox.stripe.cards import Card

# docs.stripe.com/payments/place-a-hold-on-a-payment-method: a card's hold lapses after seven days.
HOLD_SECONDS = 7 * 24 * 3600


def held(call: Call, intent: dict[str, Any], method: dict[str, Any], card: Card) -> dict[str, Any]:
    """A good charge: a hold, where the intent captures by hand, that lapses at `capture_before`."""
    charge = _charge(call, intent, method, card)
    if intent["capture_method"] == "manual":
        charge["payment_method_details"]["card"]["capture_before"] = call.now + HOLD_SECONDS
    call.store.insert(call.account, charge)
    moved(call, "hold", intent["amount"], charge)
    events.tell(call, "charge.succeeded", charge)
    return charge


def failed(
    call: Call, intent: dict[str, Any], method: dict[str, Any], card: Card, error: dict[str, Any]
) -> dict[str, Any]:
    """A refused charge: it stays on record and moves no money."""
    charge = _charge(call, intent, method, card) | {
        "status": "failed",
        "paid": False,
        "failure_code": error["code"],
        "failure_message": error["message"],
        "outcome": {
            "advice_code": "try_again_later" if error["code"] == "processing_error" else "do_not_try_again",
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "declined_by_network",
            "reason": error.get("decline_code") or error["code"],
            "risk_level": "normal",
            "risk_score": 12,
            "seller_message": "The bank did not return any further details with this decline.",
            "type": "issuer_declined",
        },
    }
    call.store.insert(call.account, charge)
    events.tell(call, "charge.failed", charge)
    return charge


def captured(call: Call, charge: dict[str, Any], amount: int, card: Card, *, fee: int, told: bool) -> dict[str, Any]:
    """Takes `amount` of the hold and releases the rest.

    Since API version 2025-03-31 the rest leaves no refund behind and `amount_refunded` stays as it was
    (support.stripe.com: changes to balance transaction behavior for partial capture).
    """
    moved(call, "capture", amount, charge)
    moved(call, "release", charge["amount"] - amount, charge)
    after = {**charge, "captured": True, "amount_captured": amount}
    after["balance_transaction"] = balances.charge_booked(call, charge, amount, fee)["id"]
    if fee:
        after["application_fee"] = balances.application_fee(call, charge, fee)["id"]
        after["application_fee_amount"] = fee
    call.store.save(after)
    if told:
        events.tell(call, "charge.captured", after, before=charge)
    if card.after == "dispute":
        after = disputing.opened(call, after)
    return after


def released(call: Call, charge: dict[str, Any], *, expired: bool = False) -> dict[str, Any]:
    """Gives the whole hold back to the card."""
    moved(call, "release", charge["amount"], charge)
    if expired:
        events.tell(call, "charge.expired", charge)
    return charge


def capture_refused(call: Call, charge: dict[str, Any], error: dict[str, Any]) -> dict[str, Any]:
    """The bank went back on its hold: the charge fails and nothing is held any more."""
    moved(call, "release", charge["amount"], charge)
    after = {
        **charge,
        "status": "failed",
        "paid": False,
        "failure_code": error["code"],
        "failure_message": error["message"],
    }
    call.store.save(after)
    events.tell(call, "charge.failed", after, before=charge)
    return after


def _charge(call: Call, intent: dict[str, Any], method: dict[str, Any], card: Card) -> dict[str, Any]:
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": call.application,
        "application_fee": None,
        "application_fee_amount": intent["application_fee_amount"],
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "PUSHCART SANDBOX",
        "captured": False,
        "created": call.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "risk_score": 12,
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"card": _card_details(intent["amount"], method, card), "type": "card"},
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }


def _card_details(amount: int, method: dict[str, Any], card: Card) -> dict[str, Any]:
    shown = method["card"]
    same = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    return {
        **{name: shown[name] for name in same},
        "amount_authorized": amount,
        "authorization_code": "123456",
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card.brand,
        "network_token": {"used": False},
        "network_transaction_id": "104102977710310",
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": _three_d_secure(card),
        "wallet": None,
    }


def _three_d_secure(card: Card) -> dict[str, Any] | None:
    if card.authenticates is None:
        return None
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": "32b2b4b6-0000-4000-8000-2d1f6f1a0f3e",
        "version": "2.2.0",
    }
