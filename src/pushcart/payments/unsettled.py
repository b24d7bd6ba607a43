"""What Stripe has not told of for so long that a person has to look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.functions import Coalesce

from pushcart.kit import clock
from pushcart.kit.money import shown
from pushcart.payments.models import Hold, Refund

if TYPE_CHECKING:
    from pushcart.companies.models import Company

# Outages of Stripe's are over by then, and its keys are forgotten.
AFTER = timedelta(hours=24)
# A bank may work on a refund for ten business days.
_BANKS_WORK = timedelta(days=14)


@dataclass(frozen=True)
class Unsettled:
    """One of them: whose it is, a name for it, and a sentence."""

    company: Company
    uid: str
    sentence: str


def unsettled(limit: int = 50) -> list[Unsettled]:
    """Charges without an answer for a day; refunds without one for a day, or on which a bank works for two weeks."""
    now = clock.now()
    holds = Hold.objects.filter(state="capturing").annotate(since=Coalesce("asked_at", "called_at", "created_at"))
    waiting = Q(stripe_id="", created_at__lte=now - AFTER) | Q(created_at__lte=now - _BANKS_WORK)
    refunds = Refund.objects.filter(waiting, state="pending").select_related("hold__company")
    return [
        *(_of_hold(hold) for hold in holds.filter(since__lte=now - AFTER).select_related("company")[:limit]),
        *(_of_refund(refund) for refund in refunds.order_by("pk")[:limit]),
    ]


def _of_hold(hold: Hold) -> Unsettled:
    said = (
        f"The charge of {shown(hold.amount, hold.currency)} for line {hold.line_id} ({hold.intent_id} of"
        f" {hold.account_id}) has no answer. Look at it in Stripe's dashboard, then say"
        f" `pushcart settle charge {hold.line_id} --reason 'where it was seen' --done`, or `--not-done`."
    )
    return Unsettled(hold.company, f"unsettled-hold-{hold.pk}", said)


def _of_refund(refund: Refund) -> Unsettled:
    hold = refund.hold
    said = (
        f"The refund of {shown(refund.amount, hold.currency)} for line {hold.line_id} (of {hold.intent_id} of"
        f" {hold.account_id}) has no end. Look at it in Stripe's dashboard, then say"
        f" `pushcart settle refund {refund.pk} --reason 'where it was seen' --done`, or `--not-done`."
    )
    return Unsettled(hold.company, f"unsettled-refund-{refund.pk}", said)
