"""Writes down by hand what became of a charge or a refund that Stripe does not tell of any more."""

from __future__ import annotations

from django.db import transaction

from pushcart.events.record import record
from pushcart.payments import refunds
from pushcart.payments.claim import settle
from pushcart.payments.errors import OutcomeError
from pushcart.payments.models import Hold, Refund

_BY_HAND = "Written down by hand: {reason}"


def record_outcome(of: Hold | Refund, *, done: bool, by: str, reason: str) -> None:
    """Ends what waits for an answer that will not come: an account was closed after an answer was lost.

    What Stripe's dashboard or the retailer's bank shows is booked like an answer, and told as an event with who said it
    and why. A charge that was not made is released next; one that was made is the retailer's.

    Args:
        of: a hold that is being captured, or a pending refund.
        done: whether the money moved.
        by: who looked.
        reason: where it was seen.

    Raises:
        OutcomeError: it waits for nothing, or the reason is missing; nothing was changed.
    """
    if not by.strip() or not reason.strip():
        raise OutcomeError("Say who looked, and where it was seen.")
    with transaction.atomic(durable=True):
        if isinstance(of, Refund):
            hold, named = _refund(of, done=done, reason=reason), {"refund": of.key}
        else:
            hold, named = _capture(of, done=done, reason=reason), {"hold": of.key}
        said = {"line": hold.line_id, **named, "done": done, "by": by.strip(), "reason": reason.strip()}
        record("payments.settled_by_hand", companies=[hold.company_id], test=hold.test, data=said)
    of.refresh_from_db()


def _capture(hold: Hold, *, done: bool, reason: str) -> Hold:
    hold = Hold.objects.select_for_update().get(pk=hold.pk)
    if hold.state != "capturing":
        raise OutcomeError(f"The hold of line {hold.line_id} is {hold.state}: no charge of it waits for an answer.")
    if done:
        return settle(hold, "captured", captured=hold.amount)
    failure = {"failure_code": "not_captured", "failure_message": _BY_HAND.format(reason=reason)[:300]}
    return settle(hold, "capture_failed", **failure)


def _refund(refund: Refund, *, done: bool, reason: str) -> Hold:
    refund = Refund.objects.select_for_update().select_related("hold").get(pk=refund.pk)
    if refund.state != "pending":
        raise OutcomeError(f"The refund {refund.key} is {refund.state}: it waits for no answer.")
    if done:
        refunds.succeed(refund)
    else:
        refunds.fail(refund, _BY_HAND.format(reason=reason)[:300])
    return refund.hold
