"""What became of a hold's refunds and disputes that the order's parties were not told of yet, one by one.

Sums would not do: a refund that comes back late and one that is done in the same moment cancel out.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db.models import F, Q

from pushcart.payments.models import Dispute, Hold, Refund

if TYPE_CHECKING:
    from collections.abc import Iterable

_DONE = ("succeeded", "failed")


def is_news(hold: Hold) -> bool:
    """Whether `take` would tell of something."""
    refunds = hold.refunds.filter(state__in=_DONE).exclude(told=F("state"))
    disputes = hold.disputes.filter(~Q(told=F("state")) | ~Q(told_withdrawn=F("withdrawn")))
    return refunds.exists() or disputes.exists()


def take(hold: Hold) -> tuple[Hold, dict[str, int]]:
    """The hold as it stands now, and what is new by the name of its event, in minor units; told from now on.

    In the caller's transaction, which keeps both from changing.
    """
    # In the order in which whoever books a refund or a dispute locks them.
    refunds = list(Refund.objects.select_for_update().filter(hold=hold).order_by("pk"))
    hold = Hold.objects.select_for_update().get(pk=hold.pk)
    disputes = list(Dispute.objects.select_for_update().filter(hold=hold).order_by("pk"))
    return hold, {**_of_refunds(refunds), **_of_disputes(disputes)}


def _of_refunds(refunds: Iterable[Refund]) -> Counter[str]:
    news: Counter[str] = Counter()
    for refund in refunds:
        if refund.state in _DONE and refund.told != refund.state:
            news["refunded" if refund.state == "succeeded" else "refund_failed"] += refund.amount
            refund.told = refund.state
            refund.save(update_fields=["told"])
    return news


def _of_disputes(disputes: Iterable[Dispute]) -> Counter[str]:
    news: Counter[str] = Counter()
    for dispute in disputes:
        news += _of_dispute(dispute)
        if (dispute.told, dispute.told_withdrawn) != (dispute.state, dispute.withdrawn):
            dispute.told, dispute.told_withdrawn = dispute.state, dispute.withdrawn
            dispute.save(update_fields=["told", "told_withdrawn"])
    return news


def _of_dispute(dispute: Dispute) -> Counter[str]:
    """A dispute is won once its money is back: Stripe may say so first. An inquiry takes none."""
    taken = dispute.withdrawn - dispute.told_withdrawn
    if dispute.state == "open":
        if taken > 0:
            return Counter(disputed=taken)
        return Counter() if dispute.told or dispute.withdrawn else Counter(dispute_inquiry=dispute.amount)
    if taken < 0:
        return Counter(dispute_won=-taken)
    if dispute.state == "lost" != dispute.told:
        return Counter(dispute_lost=dispute.withdrawn)
    return Counter()
