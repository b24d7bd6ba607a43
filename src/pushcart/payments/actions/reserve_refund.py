"""Takes an amount off what can still be refunded, before Stripe is asked to give it back."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from pushcart.payments import tax
from pushcart.payments.errors import AboveRefundableError
from pushcart.payments.models import Hold, Refund, new_refund_key


def reserve_refund(hold: Hold, amount: int, *, key: str | None = None, reason: str = "") -> Refund:
    """A refund in state `pending`, in the caller's transaction. `give_back` asks for it once that has committed.

    Args:
        hold: a captured one.
        amount: minor units, above 0.
        key: Stripe's idempotency key, where the caller knows a refund that is asked for again by it; unique.
        reason: for the retailer's own books.

    Raises:
        AboveRefundableError: less is left; nothing was written. `hold` is renewed from the database.
    """
    with transaction.atomic():
        reserved = Hold.objects.filter(pk=hold.pk, captured__gte=F("refunded") + F("refunding") + amount).update(
            refunding=F("refunding") + amount
        )
        hold.refresh_from_db()
        if not reserved:
            raise AboveRefundableError(amount, hold.captured - hold.refunded - hold.refunding)
        return Refund.objects.create(
            hold=hold, amount=amount, tax=tax.part(hold, amount), key=key or new_refund_key(), reason=reason[:300]
        )
