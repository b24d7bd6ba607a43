"""Asks the shopper's card to hold a line's amount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.payments import cards, intents, words
from pushcart.payments.actions.release import release
from pushcart.payments.asking import NoAnswerError, RefusedError
from pushcart.payments.claim import Turn, claim, settle
from pushcart.payments.models import Hold

if TYPE_CHECKING:
    from stripe import PaymentIntent

# Where an intent stands that holds the amount; one that was captured at Stripe itself did before.
_HOLDS = ("requires_capture", "succeeded")


def place(hold: Hold) -> Hold:
    """Gets the amount held on the card and returns the row as it then stands.

    `held`: with the card's brand and last four digits and the time until which the hold lasts.
    `failed`: nothing is held; `failure_code` and the sentence `failure_message` say why.
    `placing`: no answer yet, or another caller is asking. Call `place` again after 30 seconds, or `release`.
    Anything else: the hold was released meanwhile.

    Raises:
        RuntimeError: called within a transaction.
    """
    turn = claim(hold, "placing")
    if turn is Turn.NOT_MINE:
        return hold
    may_be_held = turn is Turn.AGAIN and hold.payment_method != ""
    try:
        return _placed(hold)
    except NoAnswerError as silence:
        return _found(hold, RefusedError("processing_error")) if silence.repeated else hold
    except RefusedError as refusal:
        # It speaks of this attempt only; an earlier one without an answer may have come through.
        return _found(hold, refusal) if may_be_held else _refused(hold, refusal)


def _placed(hold: Hold) -> Hold:
    """Raises NoAnswerError, RefusedError."""
    if not hold.payment_method:
        card = cards.source(hold)
        if not _keep(hold, cards.share(hold, card), card):
            return hold
    if not intents.key_is_known(hold):
        return _found(hold, RefusedError("processing_error"))
    return _judged(hold, intents.create(hold))


def _keep(hold: Hold, payment_method: str, card: cards.Source) -> bool:
    """Writes the shared card down and the token off, unless the hold was released meanwhile: then it isn't used."""
    kept = Hold.objects.filter(pk=hold.pk, state="placing").update(
        payment_method=payment_method, sealed_token="", sealed_card=card.sealed()
    )
    hold.refresh_from_db()
    return kept == 1


def _found(hold: Hold, otherwise: RefusedError) -> Hold:
    """What came of asking stands among the account's intents; if nothing does, nothing is held."""
    try:
        intent = intents.find(hold) if hold.payment_method else None
    except (NoAnswerError, RefusedError):
        return hold
    return _refused(hold, otherwise) if intent is None else _judged(hold, intent)


def _judged(hold: Hold, intent: PaymentIntent) -> Hold:
    facts = intents.told(intent)
    if intent.status in _HOLDS:
        return settle(hold, "held", **facts)
    if intent.status == "requires_payment_method":
        error = intent.last_payment_error
        told = (error and (error.decline_code or error.code)) or "card_declined"
        return _refused(hold, RefusedError(told, (error and error.message) or ""), **facts)
    if intent.status == "canceled":
        return _refused(hold, RefusedError("canceled"), **facts)
    # It wants the shopper, who is not there: it must not come to hold anything later.
    Hold.objects.filter(pk=hold.pk).update(**facts, **words.failure(RefusedError("authentication_required")))
    return release(hold)


def _refused(hold: Hold, refusal: RefusedError, **facts: object) -> Hold:
    return settle(hold, "failed", sealed_token="", **facts, **words.failure(refusal))
