"""Gives a reserved refund back to the card."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pushcart.kit import clock
from pushcart.payments import refunds, words
from pushcart.payments.asking import NoAnswerError, RefusedError, asking
from pushcart.payments.claim import Turn, claim_refund
from pushcart.payments.client import stripe_client

if TYPE_CHECKING:
    import stripe
    from stripe.params import RefundCreateParams

    from pushcart.payments.models import Refund

# Stripe forgets idempotency keys once they are 24 hours old (docs.stripe.com/api/idempotent_requests).
_KEY_LIVES = timedelta(hours=23)


def give_back(refund: Refund) -> Refund:
    """Refunds the amount that `reserve_refund` took off and returns the row as it then stands, its hold with it.

    `succeeded`: given back.
    `failed`: it was not, and the amount can be refunded again; the sentence `failure_message` says why.
    `pending`: no answer yet, the bank works on it, or another caller is asking. Call it again after 30 seconds.

    Raises:
        RuntimeError: called within a transaction.
    """
    turn = claim_refund(refund)
    if turn is Turn.NOT_MINE:
        return refund
    try:
        return refunds.book(refund, _asked(refund))
    except NoAnswerError as silence:
        return _found(refund, RefusedError("processing_error")) if silence.repeated else refund
    except RefusedError as refusal:
        if turn is Turn.FIRST:
            return refunds.fail(refund, words.sentence(refusal))
        # It speaks of this attempt only; an earlier one without an answer may have come through.
        return _found(refund, refusal)


def _asked(refund: Refund) -> stripe.Refund:
    """Raises NoAnswerError, RefusedError."""
    if refund.stripe_id:
        return refunds.retrieve(refund.hold, refund.stripe_id)
    if clock.now() >= refund.created_at + _KEY_LIVES:
        found = refunds.find(refund)
        if found is not None:
            return found
    return _created(refund)


def _created(refund: Refund) -> stripe.Refund:
    hold = refund.hold
    params: RefundCreateParams = {
        "payment_intent": hold.intent_id,
        "amount": refund.amount,
        "metadata": {"line": str(hold.line_id), "refund": refund.key},
        "expand": [refunds.WITH_FEE],
    }
    if refund.with_fee:
        params["refund_application_fee"] = True
    with asking("refund", refund=refund.pk, hold=hold.pk, line=hold.line_id):
        return stripe_client(hold.test).v1.refunds.create(
            params=params,
            options={"stripe_account": hold.account_id, "idempotency_key": refund.key},
        )


def _found(refund: Refund, otherwise: RefusedError) -> Refund:
    """What came of asking stands among the payment's refunds; if nothing does, nothing was given back."""
    if refund.stripe_id:
        return refund
    try:
        found = refunds.find(refund)
    except (NoAnswerError, RefusedError):
        return refund
    return refunds.fail(refund, words.sentence(otherwise)) if found is None else refunds.book(refund, found)
