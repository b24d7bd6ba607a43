"""A shopper's dispute of a charge, as Stripe tells of it: found, and counted on its hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.kit import clock
from pushcart.kit.states import transition
from pushcart.payments import tax
from pushcart.payments.asking import asking
from pushcart.payments.client import stripe_client
from pushcart.payments.ledger import book as journal
from pushcart.payments.models import Dispute, Hold
from pushcart.payments.states import DISPUTE

if TYPE_CHECKING:
    import stripe

# Stripe's words for an end; with any other one the dispute is open.
_ENDS = {"won": "won", "lost": "lost", "warning_closed": "dropped", "prevented": "dropped"}


# The columns of a hold that `count` sets.
COUNTED = ("disputed", "lost", "excess", "tax_lost")


def retrieve(hold: Hold, stripe_id: str) -> stripe.Dispute:
    """Raises NoAnswerError, RefusedError."""
    with asking("look at dispute", dispute=stripe_id, line=hold.line_id):
        return stripe_client(hold.test).v1.disputes.retrieve(stripe_id, options={"stripe_account": hold.account_id})


def book(hold: Hold, told: stripe.Dispute) -> Dispute:
    """Records how a dispute stands at Stripe, with its money where it belongs by that; `hold` is a captured one."""
    with transaction.atomic():
        hold = Hold.objects.select_for_update().get(pk=hold.pk)
        dispute = _written(hold, told)
        end = _ENDS.get(told.status, DISPUTE.initial)
        if dispute.state == DISPUTE.initial != end:
            transition(dispute, DISPUTE, end, field="state", closed_at=clock.now())
        count(hold)
        hold.save(update_fields=COUNTED)
        journal.book(hold, source=told.id)
    dispute.hold = hold
    return dispute


def count(hold: Hold) -> None:
    """Sets what the disputes of `hold` took, `COUNTED`; its row is locked, and saved by the caller.

    Of what is withdrawn the lost part is gone; the rest waits for the bank, or for Stripe to bring it back. Neither is
    more than was captured and not given back otherwise: what banks took beyond that is the excess.
    """
    lost = pending = 0
    for dispute in hold.disputes.all():
        if dispute.state == "lost":
            lost += dispute.withdrawn
        else:
            pending += dispute.withdrawn
    hold.lost = min(lost, hold.captured - hold.refunded)
    hold.disputed = min(pending, hold.captured - hold.refunded - hold.lost)
    hold.excess = lost + pending - hold.lost - hold.disputed
    hold.tax_lost = min(tax.share(hold.tax, hold.amount, before=tax.standing(hold), amount=hold.lost), hold.lost)


def _written(hold: Hold, told: stripe.Dispute) -> Dispute:
    due = told.evidence_details.due_by
    withdrawn = _withdrawn(told)
    now = {
        "amount": told.amount,
        "withdrawn": min(max(withdrawn, 0), told.amount),
        "status": told.status[:40],
        "reason": told.reason[:60],
        "evidence_due_at": datetime.fromtimestamp(due, UTC) if due else None,
    }
    opened = {"hold": hold, "opened_at": datetime.fromtimestamp(told.created, UTC)}
    return Dispute.objects.update_or_create(stripe_id=told.id, defaults=now, create_defaults={**now, **opened})[0]


def _withdrawn(told: stripe.Dispute) -> int:
    """What is off the balance, in the currency of the charge: an account that settles otherwise names its own."""
    withdrawn = -sum(each.amount for each in told.balance_transactions)
    if any(each.currency != told.currency for each in told.balance_transactions):
        return told.amount if withdrawn > 0 else 0
    return withdrawn
