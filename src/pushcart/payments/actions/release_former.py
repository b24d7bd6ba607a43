"""Gives back a hold in whose place another one stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.kit import clock
from pushcart.payments.actions.release import LONGEST_HOLD
from pushcart.payments.asking import NoAnswerError, RefusedError, asking
from pushcart.payments.claim import ANSWER_WITHIN
from pushcart.payments.client import stripe_client
from pushcart.payments.ledger.past_us import book_past_us
from pushcart.payments.models import FormerIntent

if TYPE_CHECKING:
    from stripe import PaymentIntent
    from stripe.params import RefundCreateParams


def release_former(former: FormerIntent) -> FormerIntent:
    """Sees to it that the former intent holds or keeps nothing; `gone_at` says since when that is known.

    Without an answer it stays open: call it again after 30 seconds.

    Raises:
        RuntimeError: called within a transaction.
    """
    if not _claimed(former):
        return former
    try:
        _end(former)
    except NoAnswerError:
        return former
    except RefusedError:
        # The account is closed to us: the hold ends by itself.
        if clock.now() < former.superseded_at + LONGEST_HOLD:
            return former
    former.gone_at = clock.now()
    former.save(update_fields=["gone_at"])
    return former


def _claimed(former: FormerIntent) -> bool:
    with transaction.atomic(durable=True):
        former.refresh_from_db(from_queryset=FormerIntent.objects.select_for_update())
        now, before = clock.now(), former.called_at
        if former.gone_at is not None or (before is not None and before > now - ANSWER_WITHIN):
            return False
        former.called_at = now
        former.save(update_fields=["called_at"])
    return True


def _end(former: FormerIntent) -> None:
    """Raises NoAnswerError, RefusedError: it is not known to have ended."""
    intent = _looked_at(former)
    if intent.status == "succeeded":
        _given_back(former, intent)
    elif intent.status != "canceled":
        # Cancelling twice cancels once, so that each attempt may have a key of its own.
        with asking("release former", hold=former.hold_id):
            stripe_client(former.hold.test).v1.payment_intents.cancel(
                former.intent_id,
                params={"cancellation_reason": "duplicate"},
                options={
                    "stripe_account": former.hold.account_id,
                    "idempotency_key": f"{former.hold.key}-former-{former.pk}-{_attempt(former)}",
                },
            )


def _looked_at(former: FormerIntent) -> PaymentIntent:
    with asking("look at former", hold=former.hold_id):
        return stripe_client(former.hold.test).v1.payment_intents.retrieve(
            former.intent_id, options={"stripe_account": former.hold.account_id}
        )


def _given_back(former: FormerIntent, intent: PaymentIntent) -> None:
    """Somebody captured it at Stripe itself, past us: what was taken goes back in full, the operator's fee too."""
    params: RefundCreateParams = {
        "payment_intent": former.intent_id,
        "metadata": {"line": str(former.hold.line_id)},
    }
    if former.hold.fee:
        params["refund_application_fee"] = True
    try:
        with asking("give back former", hold=former.hold_id):
            stripe_client(former.hold.test).v1.refunds.create(
                params=params,
                options={
                    "stripe_account": former.hold.account_id,
                    "idempotency_key": f"{former.hold.key}-former-{former.pk}-refund",
                },
            )
    except RefusedError as refusal:
        if refusal.code != "charge_already_refunded":
            raise
    book_past_us(former.hold, former.intent_id, intent.amount_received)


def _attempt(former: FormerIntent) -> int:
    return int(former.called_at.timestamp()) if former.called_at else 0
