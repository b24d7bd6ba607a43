"""Gives a hold back to the card."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.kit import clock
from pushcart.payments import intents, words
from pushcart.payments.asking import NoAnswerError, RefusedError, asking
from pushcart.payments.claim import Turn, claim, settle
from pushcart.payments.client import stripe_client
from pushcart.payments.ledger.book import book
from pushcart.payments.ledger.past_us import book_past_us

if TYPE_CHECKING:
    from stripe import PaymentIntent
    from stripe.params import RefundCreateParams

    from pushcart.payments.models import Hold

# No card network lets a hold stand longer (docs.stripe.com/payments/extended-authorization).
LONGEST_HOLD = timedelta(days=31)
_OURS = "abandoned"


def release(hold: Hold) -> Hold:
    """Sees to it that nothing of the hold is held or taken any more, and returns the row as it then stands.

    `released`: given back now. `lapsed`: the bank had let it go. `failed`: nothing was ever held.
    `releasing`: no answer yet, or another caller is asking. Call `release` again after 30 seconds.
    `capturing`, `captured`: not to be released any more; nothing was done.

    A hold whose own placing has no answer yet is asked for once more with the same idempotency key, so that it is
    known, and then released.

    Raises:
        RuntimeError: called within a transaction.
    """
    if claim(hold, "releasing", sources=("placing", "held", "capture_failed")) is Turn.NOT_MINE:
        return hold
    try:
        if not hold.intent_id:
            return _released_unseen(hold)
        return _released(hold)
    except NoAnswerError:
        return hold
    except RefusedError as refusal:
        return _unreachable(hold, refusal)


def _released_unseen(hold: Hold) -> Hold:
    """Nobody knows whether the card holds anything: that is found out first."""
    if not hold.payment_method:
        # Written down before the hold is asked for: it never was, and never will be.
        return settle(hold, "failed", sealed_token="", **words.failure(RefusedError("withdrawn")))
    intent = _placed(hold)
    if intent is None:
        return settle(hold, "failed", **words.failure(RefusedError("withdrawn")))
    _keep(hold, intent)
    return _released(hold)


def _placed(hold: Hold) -> PaymentIntent | None:
    if not intents.key_is_known(hold):
        return intents.find(hold)
    try:
        return intents.create(hold)
    except RefusedError:
        return intents.find(hold)
    except NoAnswerError as silence:
        if not silence.repeated:
            raise
        return intents.find(hold)


def _keep(hold: Hold, intent: PaymentIntent) -> None:
    facts = intents.told(intent)
    for name, value in facts.items():
        setattr(hold, name, value)
    with transaction.atomic():
        hold.save(update_fields=list(facts))
        book(hold)


def _released(hold: Hold) -> Hold:
    """Raises NoAnswerError, RefusedError."""
    try:
        with asking("release", hold=hold.pk, line=hold.line_id):
            intent = stripe_client(hold.test).v1.payment_intents.cancel(
                hold.intent_id,
                params={"cancellation_reason": _OURS},
                options={
                    "stripe_account": hold.account_id,
                    "idempotency_key": intents.key(hold, "release"),
                },
            )
    except RefusedError:
        intent = intents.retrieve(hold)
    except NoAnswerError as silence:
        if not silence.repeated:
            raise
        intent = intents.retrieve(hold)
    return _judged(hold, intent)


def _judged(hold: Hold, intent: PaymentIntent) -> Hold:
    if intent.status == "canceled":
        return settle(hold, "lapsed" if intents.has_lapsed(intent) else "released")
    if intent.status == "succeeded":
        return _given_back(hold, intent)
    # It stands as it did, so that what was asked for was not done: the next call asks with a new key.
    hold.attempt += 1
    hold.save(update_fields=["attempt"])
    return hold


def _given_back(hold: Hold, intent: PaymentIntent) -> Hold:
    """Somebody captured it at Stripe itself, past us: what was taken goes back in full."""
    params: RefundCreateParams = {"payment_intent": hold.intent_id, "metadata": {"line": str(hold.line_id)}}
    if hold.fee:
        params["refund_application_fee"] = True
    try:
        with asking("release by refund", hold=hold.pk, line=hold.line_id):
            stripe_client(hold.test).v1.refunds.create(
                params=params,
                options={
                    "stripe_account": hold.account_id,
                    "idempotency_key": intents.key(hold, "release-refund"),
                },
            )
    except RefusedError as refusal:
        if refusal.code != "charge_already_refunded":
            raise
    with transaction.atomic():
        book_past_us(hold, hold.intent_id, intent.amount_received)
        return settle(hold, "released")


def _unreachable(hold: Hold, refusal: RefusedError) -> Hold:
    """The account is closed to us: the hold ends by itself, at the latest when no bank would keep it any longer."""
    ends = hold.capture_before or hold.created_at + LONGEST_HOLD
    if clock.now() >= ends:
        return settle(hold, "lapsed", **words.failure(refusal))
    return hold
