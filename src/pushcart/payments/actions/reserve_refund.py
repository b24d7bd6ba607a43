"""Takes an amount off what can still be refunded, before Stripe is asked to give it back."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from pushcart.kit import clock
from pushcart.payments import tax
from pushcart.payments.errors import AboveRefundableError
from pushcart.payments.models import Hold, Refund, new_refund_key

_PIECES = F("qty_refunding") + F("qty_refunded")
_TAKEN = F("refunded") + F("refunding") + F("disputed") + F("lost")


def reserve_refund(hold: Hold, amount: int, *, qty: int = 0, key: str | None = None, reason: str = "") -> Refund:
    """A refund in state `pending`, in the caller's transaction. `give_back` asks for it once that has committed.

    Args:
        hold: a captured one.
        amount: minor units, above 0.
        qty: pieces that come back with it; 0 where it is an amount alone.
        key: Stripe's idempotency key, where the caller knows a refund that is asked for again by it; unique.
        reason: for the retailer's own books.

    Raises:
        AboveRefundableError: less is left, of the amount or of the pieces; nothing was written. `hold` is renewed from
            the database.
    """
    with transaction.atomic():
        left = Hold.objects.filter(pk=hold.pk, captured__gte=_TAKEN + amount, qty__gte=_PIECES + qty)
        reserved = left.update(refunding=F("refunding") + amount, qty_refunding=F("qty_refunding") + qty)
        hold.refresh_from_db()
        if not reserved:
            raise AboveRefundableError(amount, max(0, hold.captured - _taken(hold)))
        return Refund.objects.create(
            hold=hold,
            amount=amount,
            tax=tax.part(hold, amount),
            qty=qty,
            key=key or new_refund_key(),
            reason=reason[:300],
            with_fee=hold.fee_back_until is not None and clock.now() < hold.fee_back_until,
        )


def _taken(hold: Hold) -> int:
    return hold.refunded + hold.refunding + hold.disputed + hold.lost
