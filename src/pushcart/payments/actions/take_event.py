"""Takes what Stripe tells by itself: accounts that change, holds that lapse, refunds and disputes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import stripe
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from pushcart.companies.models import StripeAccount
from pushcart.payments import accounts, disputes, intents, refunds, tax, words
from pushcart.payments.accounts import UNREACHABLE
from pushcart.payments.asking import NoAnswerError, RefusedError
from pushcart.payments.claim import settle
from pushcart.payments.errors import EventRefusedError, StripeUnreachableError
from pushcart.payments.ledger.book import book
from pushcart.payments.models import Dispute, Hold, Refund, StripeEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_ACCOUNTS = frozenset({"account.updated", "account.application.authorized", "account.application.deauthorized"})
_OF_HOLDS = frozenset({"payment_intent.canceled"})
_OF_DISPUTES = frozenset(
    f"charge.dispute.{what}" for what in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
)
_OF_REFUNDS = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})
# Of holds that may turn out to be captured: past us, or with the answer still to come.
_UNDECIDED = ("placing", "held", "renewing", "capturing")


@dataclass(frozen=True)
class TakenEvent:
    """What an event was about, as it stands now. All None: it concerns nothing of ours.

    Attributes:
        id: Stripe's.
        type: `payment_intent.canceled` and so on.
        again: it had been taken before; nothing was done, the rows are given all the same.
        account: a retailer's account.
        hold: a hold, of which a line may have to be settled.
        refund: a refund; its hold is given too.
        dispute: a dispute; its hold is given too.
    """

    id: str
    type: str
    again: bool = False
    account: StripeAccount | None = None
    hold: Hold | None = None
    refund: Refund | None = None
    dispute: Dispute | None = None


def take_event(payload: bytes, signature: str) -> TakenEvent:
    """Verifies an event, asks Stripe how its object stands now, and records that.

    Events come more than once and in any order, so that an event is only the sign to look.

    Args:
        payload: the request's body, byte for byte.
        signature: its `Stripe-Signature` header.

    Raises:
        EventRefusedError: not signed by Stripe within five minutes, or no event. Answer 400.
        StripeUnreachableError: it can't be found out now how the object stands. Answer 503: Stripe sends it again.
        RuntimeError: called within a transaction.
    """
    event = _verified(payload, signature)
    again = StripeEvent.objects.filter(event_id=event.id).exists()
    taken = _taken(event, again=again)
    StripeEvent.objects.bulk_create(
        [StripeEvent(event_id=event.id, type=event.type[:80], account_id=_account(event))], ignore_conflicts=True
    )
    return taken


def _verified(payload: bytes, signature: str) -> stripe.Event:
    """Raises EventRefusedError."""
    for secret in filter(None, settings.STRIPE_WEBHOOK_SECRET.split(",")):
        try:
            event: stripe.Event = stripe.Webhook.construct_event(payload, signature, secret)
        except stripe.SignatureVerificationError:
            continue
        except (ValueError, KeyError, AttributeError, TypeError):
            raise EventRefusedError("This is not an event of Stripe's.") from None
        if not all(name in event for name in ("id", "type", "data")):
            raise EventRefusedError("This is not an event of Stripe's.")
        return event
    raise EventRefusedError("The signature is not one of Stripe's for this endpoint, or older than five minutes.")


def _taken(event: stripe.Event, *, again: bool) -> TakenEvent:
    told = event.data.object.to_dict()
    if event.type in _OF_ACCOUNTS:
        return TakenEvent(event.id, event.type, again, account=_account_taken(event, again=again))
    if event.type in _OF_HOLDS:
        return TakenEvent(event.id, event.type, again, hold=_hold_taken(event, str(told["id"]), again=again))
    if event.type in _OF_REFUNDS:
        refund = _refund_taken(event, told, again=again)
        return TakenEvent(event.id, event.type, again, hold=refund.hold if refund else None, refund=refund)
    if event.type in _OF_DISPUTES:
        dispute = _dispute_taken(event, told, again=again)
        return TakenEvent(event.id, event.type, again, hold=dispute.hold if dispute else None, dispute=dispute)
    return TakenEvent(event.id, event.type, again)


def _account_taken(event: stripe.Event, *, again: bool) -> StripeAccount | None:
    account = StripeAccount.objects.filter(account_id=_account(event)).first()
    # A connected account has a live and a test side; ours is the one of the platform's first key.
    if account is None or again or getattr(event, "livemode", False) != ("_live_" in settings.STRIPE_API_KEY):
        return account
    return accounts.sync(account)


def _hold_taken(event: stripe.Event, intent_id: str, *, again: bool) -> Hold | None:
    hold = Hold.objects.filter(intent_id=intent_id, account_id=_account(event)).first()
    # In any other state somebody is asking already, or nothing is held any more.
    if hold is None or again or hold.state != "held":
        return hold
    try:
        intent = intents.retrieve(hold)
    except (NoAnswerError, RefusedError):
        raise StripeUnreachableError(UNREACHABLE) from None
    if intent.status != "canceled":
        return hold
    code = "hold_lapsed" if intents.has_lapsed(intent) else "hold_canceled"
    return settle(hold, "lapsed", **words.failure(RefusedError(code)))


def _refund_taken(event: stripe.Event, told: Mapping[str, object], *, again: bool) -> Refund | None:
    hold = Hold.objects.filter(intent_id=str(told["payment_intent"]), account_id=_account(event)).first()
    if hold is None:
        return None
    if again:
        return Refund.objects.filter(stripe_id=str(told["id"])).select_related("hold").first()
    try:
        now = refunds.retrieve(hold, str(told["id"]))
    except (NoAnswerError, RefusedError):
        raise StripeUnreachableError(UNREACHABLE) from None
    refund = hold.refunds.filter(stripe_id=now.id).first() or hold.refunds.filter(key=refunds.key_of(now)).first()
    if refund is None:
        return _adopted(hold, now)
    return refunds.book(refund, now)


def _adopted(hold: Hold, told: stripe.Refund) -> Refund | None:
    """A refund made at Stripe itself, by the retailer's people: it counts like one of ours."""
    if hold.state in _UNDECIDED:
        raise StripeUnreachableError("It is not known here yet whether this payment was captured.")
    if hold.state != "captured" or told.status in {"failed", "canceled"}:
        return None
    try:
        with transaction.atomic(durable=True):
            Hold.objects.filter(pk=hold.pk).update(refunding=F("refunding") + told.amount)
            of_tax = tax.part(hold, told.amount)
            refund = Refund.objects.create(hold=hold, amount=told.amount, tax=of_tax, stripe_id=told.id, key=told.id)
            book(hold, source=told.id)
    except IntegrityError:
        # One of ours was reserved for the same money and will be refused; or another caller adopts it right now.
        raise StripeUnreachableError("A refund of the same money has no answer yet.") from None
    return refunds.book(refund, told)


def _dispute_taken(event: stripe.Event, told: Mapping[str, object], *, again: bool) -> Dispute | None:
    hold = Hold.objects.filter(intent_id=str(told["payment_intent"]), account_id=_account(event)).first()
    if hold is None:
        return None
    if again:
        return Dispute.objects.filter(stripe_id=str(told["id"])).select_related("hold").first()
    if hold.state in _UNDECIDED:
        raise StripeUnreachableError("It is not known here yet whether this payment was captured.")
    if hold.state != "captured":
        return None
    try:
        return disputes.book(hold, disputes.retrieve(hold, str(told["id"])))
    except (NoAnswerError, RefusedError):
        raise StripeUnreachableError(UNREACHABLE) from None


def _account(event: stripe.Event) -> str:
    return str(getattr(event, "account", None) or "")
