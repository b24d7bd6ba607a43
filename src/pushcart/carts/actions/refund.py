from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from pushcart.carts.errors import RefundAboveCaptureError, RefundAmountError
from pushcart.carts.moves import refundable, require, require_charged
from pushcart.payments.actions.reserve_refund import reserve_refund
from pushcart.payments.errors import AboveRefundableError
from pushcart.payments.models import Hold

if TYPE_CHECKING:
    from pushcart.carts.change import Change
    from pushcart.carts.models import Line

# A refund of the same amount that comes again this soon, without a key, is the first one's retry (decision 0041).
REPEATED_WITHIN = timedelta(minutes=10)


def refund(change: Change, line: Line, *, amount: int | None, key: str | None = None) -> None:
    """Sets `amount` (minor units) of what was captured aside for the shopper; `settle` gives it back.

    The same refund said again changes nothing: the same `key` (the request's Idempotency-Key) and amount at any time,
    or without a key the same amount within ten minutes. One that failed is not there to be repeated: it is tried anew.

    Raises:
        RefundAmountError: no amount, or none above 0.
        IllegalTransitionError: the line was not accepted.
        CaptureOutstandingError: its charge has no answer yet.
        RefundAboveCaptureError: more than is left of what was captured.
    """
    if amount is None or amount <= 0:
        raise RefundAmountError(upc=line.upc)
    hold = Hold.objects.filter(line_id=line.pk).first()
    if hold is not None and _was_said(change, hold, amount, key):
        return
    require(line, "refund")
    require_charged(line)
    if hold is None or amount > refundable(line):
        raise RefundAboveCaptureError(refundable(line), change.cart.currency, upc=line.upc)
    _promise(change, line, hold, amount, key)


def _was_said(change: Change, hold: Hold, amount: int, key: str | None) -> bool:
    same = hold.refunds.filter(amount=amount).exclude(state="failed")
    if key is not None:
        return same.filter(key__startswith=_name(hold, key)).exists()
    return same.filter(created_at__gt=change.at - REPEATED_WITHIN).exists()


def _promise(change: Change, line: Line, hold: Hold, amount: int, key: str | None) -> None:
    number = hold.refunds.count() + 1
    try:
        reserve_refund(hold, amount, key=f"{_name(hold, key)}{number}")
    except AboveRefundableError as error:
        raise RefundAboveCaptureError(error.refundable, change.cart.currency, upc=line.upc) from None
    change.note(line, refunding=line.refunding + amount)


def _name(hold: Hold, key: str | None) -> str:
    """How the payment service's keys for this refund begin; the asker's own may be too long or too telling for it."""
    asked_as = "" if key is None else hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"refund-{hold.pk}-{asked_as}-"
