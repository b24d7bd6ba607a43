"""The Refund behind a refund of ours: found again, and booked as Stripe tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from pushcart.kit.states import transition
from pushcart.payments import words
from pushcart.payments.asking import asking
from pushcart.payments.client import stripe_client
from pushcart.payments.models import Hold, Refund
from pushcart.payments.states import REFUND

if TYPE_CHECKING:
    import stripe

_FAILED = ("failed", "canceled")


def key_of(refund: stripe.Refund) -> str:
    """By what we know our own refunds again; empty for one made at Stripe itself."""
    metadata = refund.metadata
    return metadata["refund"] if metadata is not None and "refund" in metadata else ""


def find(refund: Refund) -> stripe.Refund | None:
    """What was asked for where its answer never came. Raises NoAnswerError, RefusedError."""
    hold = refund.hold
    with asking("find refund", refund=refund.pk, line=hold.line_id):
        page = stripe_client(hold.test).v1.refunds.list(
            params={"payment_intent": hold.intent_id, "limit": 100},
            options={"stripe_account": hold.account_id},
        )
        return next((each for each in page.auto_paging_iter() if key_of(each) == refund.key), None)


def retrieve(hold: Hold, stripe_id: str) -> stripe.Refund:
    """Raises NoAnswerError, RefusedError."""
    with asking("look at refund", refund=stripe_id, line=hold.line_id):
        return stripe_client(hold.test).v1.refunds.retrieve(stripe_id, options={"stripe_account": hold.account_id})


def book(refund: Refund, told: stripe.Refund) -> Refund:
    """Records how a refund stands at Stripe, with its amount where it belongs by that."""
    with transaction.atomic():
        refund.refresh_from_db(from_queryset=Refund.objects.select_for_update())
        if refund.stripe_id != told.id:
            refund.stripe_id = told.id
            refund.save(update_fields=["stripe_id"])
        if told.status in _FAILED:
            fail(refund, words.refund_failure(getattr(told, "failure_reason", None) or ""))
        elif told.status == "succeeded" and refund.state == "pending":
            transition(refund, REFUND, "succeeded", field="state")
            _move(refund, refunding=-refund.amount, refunded=refund.amount, tax_refunded=refund.tax)
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
    refund.hold.refresh_from_db()
    return refund


def _move(refund: Refund, *, refunding: int = 0, refunded: int = 0, tax_refunded: int = 0) -> None:
    Hold.objects.filter(pk=refund.hold_id).update(
        refunding=F("refunding") + refunding,
        refunded=F("refunded") + refunded,
        tax_refunded=F("tax_refunded") + tax_refunded,
    )
