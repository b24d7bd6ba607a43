"""Why a card was not held, charged or paid back, in a sentence for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushcart.payments.asking import RefusedError

_SENTENCES = {
    "authentication_required": "The card's bank wants the shopper's confirmation, which can't be given here.",
    "resource_missing": "This card is not known to the payment service. Please enter it again.",
    "payment_method_unexpected_state": "This card can't be used any more. Please enter it again.",
    "account_invalid": "The store's account at the payment service does not take payments at the moment.",
    "amount_too_small": "The amount is below the least that a card can be charged.",
    "amount_too_large": "The amount is above the most that a card can be charged.",
    "hold_lapsed": "The hold on the card had run out.",
    "hold_canceled": "The hold on the card had been given back already.",
    "withdrawn": "The order was withdrawn before the card was held.",
    "charge_already_refunded": "This payment has been given back already.",
    "charge_disputed": "The shopper has disputed this payment at the bank; it can't be refunded.",
    "balance_insufficient": "The store's balance at the payment service does not cover this refund.",
}
_REFUND_FAILURES = {
    "expired_or_canceled_card": "The shopper's card has expired or was closed.",
    "lost_or_stolen_card": "The shopper's card was reported lost or stolen.",
    "charge_for_pending_refund_disputed": "The shopper has disputed this payment at the bank.",
    "insufficient_funds": "The store's balance at the payment service does not cover this refund.",
    "declined": "The shopper's bank declined the refund.",
}
_OTHERWISE = "The payment service did not accept this payment."


# Stripe's `requirements.disabled_reason`, by what its owner can do about it.
_CLOSED = {
    "requirements.past_due": "Stripe still waits for answers before the account may charge cards.",
    "requirements.pending_verification": "Stripe is checking what was answered; that takes a few minutes to some days.",
    "action_required.requested_capabilities": "Stripe asks for something before the account may charge cards.",
    "under_review": "Stripe is reviewing the account.",
    "listed": "Stripe has matched the account with a list of businesses that it may not serve; ask Stripe.",
    "platform_paused": "PushCart has paused the account.",
    "other": "Stripe has closed the account to charges; ask Stripe.",
}


def closed_because(disabled_reason: str) -> str:
    """Why an account can't charge cards, in a sentence for its owner."""
    if disabled_reason.startswith("rejected."):
        return "Stripe has rejected the account; ask Stripe, or PushCart to connect another one."
    return _CLOSED.get(disabled_reason, "The account can't charge cards yet.")


def sentence(refusal: RefusedError) -> str:
    """The bank's own words where it refused; else ours, for Stripe's other messages name ids and parameters."""
    return (refusal.sentence or _SENTENCES.get(refusal.code, _OTHERWISE))[:300]


def failure(refusal: RefusedError) -> dict[str, str]:
    """The two columns of a hold that tell of it."""
    return {"failure_code": refusal.code[:80], "failure_message": sentence(refusal)}


def refund_failure(reason: str) -> str:
    """Why money that was on its way back came back to us, by Stripe's `failure_reason`."""
    return _REFUND_FAILURES.get(reason, "The shopper's bank could not take the refund.")
