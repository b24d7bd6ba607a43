"""Has a further hold stand in for one that would lapse before its line is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction

from pushcart.kit import clock
from pushcart.kit.states import StaleStateError, transition
from pushcart.payments import cards, intents, words
from pushcart.payments.actions.release_former import release_former
from pushcart.payments.asking import NoAnswerError, RefusedError
from pushcart.payments.claim import Turn, asked_now, claim, settle
from pushcart.payments.models import FormerIntent, Hold
from pushcart.payments.renewal import AFTER_REFUSAL, is_due
from pushcart.payments.states import HOLD

if TYPE_CHECKING:
    from stripe import PaymentIntent

log = structlog.get_logger(__name__)

# Where an intent stands that may hold the amount now or later.
_OPEN = ("requires_capture", "requires_action", "requires_confirmation", "processing", "succeeded")


def renew(hold: Hold) -> Hold:
    """Asks the card to hold the amount once more, and gives the hold before back once it does.

    `held`: by a further hold, or still by the one before, where the card refused or nothing was due; `renew_after`
    then says when it may be asked again.
    `renewing`: no answer yet, or another caller is asking. Call `renew` again after 30 seconds; until there is an
    answer nothing is captured and nothing released, so that never both holds are charged.
    `lapsed`: the hold before ended meanwhile, and none stands in for it.
    Anything else: there was nothing to renew; nothing was done.

    Raises:
        RuntimeError: called within a transaction.
    """
    turn = _claimed(hold)
    if turn is Turn.NOT_MINE:
        return hold
    try:
        return _renewed(hold)
    except NoAnswerError as silence:
        return _found(hold) if silence.repeated else hold
    except RefusedError as refusal:
        # It speaks of this attempt only; an earlier one without an answer may have come through.
        return _found(hold, refusal) if turn is Turn.AGAIN else _left(hold, refusal)


def _claimed(hold: Hold) -> Turn:
    """Each renewal has a number of its own, and with it idempotency keys of its own."""
    now = clock.now()
    with transaction.atomic(durable=True):
        hold.refresh_from_db(from_queryset=Hold.objects.select_for_update())
        if is_due(hold):
            asked = {**asked_now(), "renewed_at": now, "renewal": hold.renewal + 1, "renew_after": None}
            transition(hold, HOLD, "renewing", field="state", **asked)
            return Turn.FIRST
    return claim(hold, "renewing")


def _renewed(hold: Hold) -> Hold:
    """Raises NoAnswerError, RefusedError."""
    if not intents.key_is_known(hold):
        return _found(hold)
    card = cards.share(hold, cards.Source.unsealed(hold.sealed_card))
    return _judged(hold, intents.create(hold, card))


def _found(hold: Hold, otherwise: RefusedError | None = None) -> Hold:
    """What came of asking stands among the account's intents; if nothing does, the hold before goes on."""
    try:
        intent = intents.find(hold)
    except NoAnswerError:
        return hold
    except RefusedError as refusal:
        return _unreachable(hold, refusal)
    return _left(hold, otherwise or RefusedError("processing_error")) if intent is None else _judged(hold, intent)


def _judged(hold: Hold, intent: PaymentIntent) -> Hold:
    if intent.status == "requires_capture":
        return _stands_in(hold, intent)
    if intent.status in _OPEN:
        # It wants the shopper, who is not there, or somebody charged it at Stripe: it must not come to anything.
        release_former(FormerIntent.objects.get_or_create(intent_id=intent.id, defaults={"hold": hold})[0])
    error = intent.last_payment_error
    return _left(hold, RefusedError((error and (error.decline_code or error.code)) or "card_declined"))


def _stands_in(hold: Hold, intent: PaymentIntent) -> Hold:
    try:
        with transaction.atomic(durable=True):
            former, _ = FormerIntent.objects.get_or_create(intent_id=hold.intent_id, defaults={"hold": hold})
            transition(hold, HOLD, "held", field="state", **intents.told(intent), attempt=1)
    except StaleStateError:
        return _overtaken(hold, intent)
    log.info("stripe.hold_renewed", hold=hold.pk, line=hold.line_id, renewal=hold.renewal)
    release_former(former)
    return hold


def _overtaken(hold: Hold, intent: PaymentIntent) -> Hold:
    """Another caller had its answer first; where it went on without this intent, nothing may stay held by it."""
    hold.refresh_from_db()
    if hold.intent_id != intent.id:
        release_former(FormerIntent.objects.get_or_create(intent_id=intent.id, defaults={"hold": hold})[0])
    return hold


def _left(hold: Hold, refusal: RefusedError) -> Hold:
    """The hold before goes on for as long as its bank lets it."""
    log.warning("stripe.hold_not_renewed", hold=hold.pk, line=hold.line_id, code=refusal.code, renewal=hold.renewal)
    settle(hold, "held", renew_after=clock.now() + AFTER_REFUSAL)
    try:
        before = intents.retrieve(hold)
    except (NoAnswerError, RefusedError):
        return hold
    # Its event found it in the middle of being renewed, and was passed over.
    if hold.state == "held" and before.status == "canceled":
        code = "hold_lapsed" if intents.has_lapsed(before) else "hold_canceled"
        return settle(hold, "lapsed", **words.failure(RefusedError(code)))
    return hold


def _unreachable(hold: Hold, refusal: RefusedError) -> Hold:
    """The account is closed to us: both holds end by themselves."""
    if hold.capture_before is not None and clock.now() >= hold.capture_before:
        return settle(hold, "lapsed", **words.failure(refusal))
    return hold
