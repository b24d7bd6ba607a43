"""The Refund behind a refund of ours: found again, and booked as Stripe tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

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
# What is expanded of a refund: how much of the operator's fee went back with it and those before.
WITH_FEE = "charge.application_fee"


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
            transition(refund, REFUND, "succeeded", field="state")
            _move(refund, refunding=-refund.amount, refunded=refund.amount, tax_refunded=refund.tax)
        journal.book(refund.hold, source=told.id)
    refund.hold.refresh_from_db()
    return refund


def fail(refund: Refund, sentence: str) -> Refund:
    """Gives the amount back to what can be refunded, late failures included."""
    with transaction.atomic():
        refund.refresh_from_db(from_queryset=Refund.objects.select_for_update())
        before = refund.state
        if before != "failed":
            transition(refund, REFUND, "failed", field="state", failure_message=sentence)
            if before == "pending":
                _move(refund, refunding=-refund.amount)
            else:
                _move(refund, refunded=-refund.amount, tax_refunded=-refund.tax)
            journal.book(refund.hold, source=refund.stripe_id)
    refund.hold.refresh_from_db()
    return refund


def _learn_fee(refund: Refund, told: stripe.Refund) -> None:
    """How much of the operator's fee Stripe has given back by now; an answer that comes late takes nothing off."""
    fee = getattr(told.charge, "application_fee", None)
    given = getattr(fee, "amount_refunded", 0)
    Hold.objects.filter(pk=refund.hold_id, fee_refunded__lt=given, fee__gte=given).update(fee_refunded=given)


def _move(refund: Refund, *, refunding: int = 0, refunded: int = 0, tax_refunded: int = 0) -> None:
    hold = Hold.objects.select_for_update().get(pk=refund.hold_id)
    hold.refunding += refunding
    hold.refunded += refunded
    hold.tax_refunded += tax_refunded
    disputes.count(hold)
    hold.save(update_fields=["refunding", "refunded", "tax_refunded", "disputed", "lost"])
