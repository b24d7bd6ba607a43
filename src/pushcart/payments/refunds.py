"""The Refund behind a refund of ours: found again, and booked as Stripe tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from pushcart.kit.states import transition
from pushcart.payments import disputes, words
from pushcart.payments.asking import asking
from pushcart.payments.client import stripe_client
from pushcart.payments.ledger import book as journal
from pushcart.payments.models import Hold, Refund
from pushcart.payments.states import REFUND

if TYPE_CHECKING:
    import stripe

_FAILED = ("failed", "canceled")
# What is expanded of a refund: how much of the operator's fee came back with it. The fee itself is the platform's, and
# not to be seen from the retailer's account.
WITH_FEE = "balance_transaction"


def key_of(refund: stripe.Refund) -> str:
    """By what we know our own refunds again; empty for one made at Stripe itself."""
    metadata = refund.metadata
    return metadata["refund"] if metadata is not None and "refund" in metadata else ""


def find(refund: Refund) -> stripe.Refund | None:
    """What was asked for where its answer never came. Raises NoAnswerError, RefusedError."""
    hold = refund.hold
    with asking("find refund", refund=refund.pk, line=hold.line_id):
        page = stripe_client(hold.test).v1.refunds.list(
            params={"payment_intent": hold.intent_id, "limit": 100, "expand": [f"data.{WITH_FEE}"]},
            options={"stripe_account": hold.account_id},
        )
        return next((each for each in page.auto_paging_iter() if key_of(each) == refund.key), None)


def retrieve(hold: Hold, stripe_id: str) -> stripe.Refund:
    """Raises NoAnswerError, RefusedError."""
    with asking("look at refund", refund=stripe_id, line=hold.line_id):
        return stripe_client(hold.test).v1.refunds.retrieve(
            stripe_id, params={"expand": [WITH_FEE]}, options={"stripe_account": hold.account_id}
        )


def book(refund: Refund, told: stripe.Refund) -> Refund:
    """Records how a refund stands at Stripe, with its amount where it belongs by that."""
    with transaction.atomic():
        refund.refresh_from_db(from_queryset=Refund.objects.select_for_update())
        if refund.stripe_id != told.id:
            refund.stripe_id = told.id
            refund.save(update_fields=["stripe_id"])
        _learn_fee(refund, told)
        if told.status in _FAILED:
            fail(refund, words.refund_failure(getattr(told, "failure_reason", None) or ""))
        elif told.status == "succeeded" and refund.state == "pending":
            _succeed(refund)
        journal.book(refund.hold, source=told.id)
    refund.hold.refresh_from_db()
    return refund


def succeed(refund: Refund) -> Refund:
    """Books a pending refund as given back, of which Stripe does not tell."""
    with transaction.atomic():
        refund.refresh_from_db(from_queryset=Refund.objects.select_for_update())
        _succeed(refund)
        journal.book(refund.hold, source=refund.stripe_id or refund.key)
    refund.hold.refresh_from_db()
    return refund


def _succeed(refund: Refund) -> None:
    transition(refund, REFUND, "succeeded", field="state")
    _move(refund, begun=-1, done=1)


def fail(refund: Refund, sentence: str) -> Refund:
    """Gives the amount back to what can be refunded, late failures included."""
    with transaction.atomic():
        refund.refresh_from_db(from_queryset=Refund.objects.select_for_update())
        before = refund.state
        if before != "failed":
            transition(refund, REFUND, "failed", field="state", failure_message=sentence)
            if before == "pending":
                _move(refund, begun=-1)
            else:
                _move(refund, done=-1)
            journal.book(refund.hold, source=refund.stripe_id)
    refund.hold.refresh_from_db()
    return refund


def _learn_fee(refund: Refund, told: stripe.Refund) -> None:
    """How much of the operator's fee Stripe has given back with it; an answer that comes late takes nothing off."""
    details = getattr(told.balance_transaction, "fee_details", None) or []
    given = -sum(fee.amount for fee in details if fee.type == "application_fee")
    more = given - refund.fee
    if more <= 0:
        return
    known = Hold.objects.filter(pk=refund.hold_id, fee__gte=F("fee_refunded") + more)
    if known.update(fee_refunded=F("fee_refunded") + more):
        refund.fee = given
        refund.save(update_fields=["fee"])


def _move(refund: Refund, *, begun: int = 0, done: int = 0) -> None:
    """Counts a refund in (1) or out (-1) of what is asked for and of what was given back."""
    hold = Hold.objects.select_for_update().get(pk=refund.hold_id)
    hold.refunding += begun * refund.amount
    hold.qty_refunding += begun * refund.qty
    hold.refunded += done * refund.amount
    hold.tax_refunded += done * refund.tax
    hold.qty_refunded += done * refund.qty
    disputes.count(hold)
    moved = ("refunding", "qty_refunding", "refunded", "tax_refunded", "qty_refunded")
    hold.save(update_fields=[*moved, *disputes.COUNTED])
