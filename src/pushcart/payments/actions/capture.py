"""Takes the held amount: in full, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.payments import intents, words
from pushcart.payments.asking import NoAnswerError, RefusedError, asking
from pushcart.payments.claim import Turn, claim, settle
from pushcart.payments.client import stripe_client

if TYPE_CHECKING:
    from stripe import PaymentIntent

    from pushcart.payments.models import Hold


def capture(hold: Hold) -> Hold:
    """Charges the card with the whole hold and returns the row as it then stands.

    `captured`: the money is the retailer's.
    `capture_failed`: the card can't be charged; `failure_code` and the sentence `failure_message` say why. What may
    still be held is to be given back by `release`.
    `capturing`: no answer yet, or another caller is asking. Call `capture` again after 30 seconds.
    Anything else: there was nothing to capture; nothing was done.

    Raises:
        RuntimeError: called within a transaction.
    """
    turn = claim(hold, "capturing", sources=("held",))
    if turn is Turn.NOT_MINE:
        return hold
    try:
        return _captured(hold)
    except NoAnswerError:
        return hold
    except RefusedError as refusal:
        # The account is closed to us. Whether an earlier attempt came through before it was, only the account knows.
        return _failed(hold, refusal) if turn is Turn.FIRST else hold


def _captured(hold: Hold) -> Hold:
    """Raises NoAnswerError, RefusedError."""
    try:
        with asking("capture", hold=hold.pk, line=hold.line_id):
            intent = stripe_client(hold.test).v1.payment_intents.capture(
                hold.intent_id,
                params={"expand": ["latest_charge"]},
                options={
                    "stripe_account": hold.account_id,
                    "idempotency_key": intents.key(hold, "capture"),
                },
            )
    except RefusedError as refusal:
        return _judged(hold, intents.retrieve(hold), refusal)
    except NoAnswerError as silence:
        if not silence.repeated:
            raise
        return _judged(hold, intents.retrieve(hold), None)
    return _judged(hold, intent, None)


def _judged(hold: Hold, intent: PaymentIntent, refusal: RefusedError | None) -> Hold:
    """What really is counts, and not what the call was answered."""
    if intent.status == "succeeded":
        if intent.amount_received == hold.amount:
            return settle(hold, "captured", captured=hold.amount, **intents.told(intent))
        return _failed(hold, RefusedError("captured_in_part"))
    if intent.status == "canceled":
        code = "hold_lapsed" if intents.has_lapsed(intent) else "hold_canceled"
        return _failed(hold, RefusedError(code))
    if refusal is not None:
        return _failed(hold, refusal)
    # Stripe failed and will go on repeating that, but the amount stands uncaptured: the next call uses a new key.
    hold.attempt += 1
    hold.save(update_fields=["attempt"])
    return hold


def _failed(hold: Hold, refusal: RefusedError) -> Hold:
    return settle(hold, "capture_failed", **words.failure(refusal))
