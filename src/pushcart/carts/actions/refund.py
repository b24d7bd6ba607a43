from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from pushcart.carts.errors import RefundAboveCaptureError, RefundAboveQuantityError, RefundAmountError
from pushcart.carts.moves import refundable, require, require_charged
from pushcart.kit.money import step
from pushcart.payments.actions.reserve_refund import reserve_refund
from pushcart.payments.errors import AboveRefundableError
from pushcart.payments.models import Hold

if TYPE_CHECKING:
    from pushcart.carts.change import Change
    from pushcart.carts.models import Line

# A refund of the same amount that comes again this soon, without a key, is the first one's retry (decision 0041).
REPEATED_WITHIN = timedelta(minutes=10)


def refund(
    change: Change, line: Line, *, amount: int | None = None, qty: int | None = None, key: str | None = None
) -> None:
    """Sets `amount` (minor units) of what was captured aside for the shopper; `settle` gives it back.

    With `qty`, so many pieces came back, and without an `amount` their share of the line's total goes back (decision
    0119).

    The same refund said again changes nothing: the same `key` (the request's Idempotency-Key), amount and quantity at
    any time, or without a key within ten minutes. One that failed is not there to be repeated: it is tried anew.

    Raises:
        RefundAmountError: neither amount nor quantity, or none above 0.
        RefundAboveQuantityError: more pieces than were not given back yet.
        IllegalTransitionError: the line was not accepted.
        CaptureOutstandingError: its charge has no answer yet.
        RefundAboveCaptureError: more than is left of what was captured.
    """
    if (amount is None and qty is None) or (amount is not None and amount <= 0) or (qty is not None and qty <= 0):
        raise RefundAmountError(upc=line.upc)
    hold = Hold.objects.filter(line_id=line.pk).first()
    if hold is not None and _was_said(change, hold, amount, qty or 0, key):
        return
    require(line, "refund")
    require_charged(line)
    left = line.qty - line.qty_refunding - line.qty_refunded
    if qty is not None and qty > left:
        raise RefundAboveQuantityError(left, upc=line.upc)
    if amount is None:
        amount = _share(line, qty or 0, change.cart.currency)
    if hold is None or amount > refundable(line):
        raise RefundAboveCaptureError(refundable(line), change.cart.currency, upc=line.upc)
    _promise(change, line, hold, amount, qty or 0, key)


def _share(line: Line, qty: int, currency: str) -> int:
    """What the next `qty` pieces are of the line's total: rounded down to coins, and the rest with the last piece."""
    coin, back = step(currency), line.qty_refunding + line.qty_refunded
    until, before = (
        line.total if pieces == line.qty else line.total * pieces // (line.qty * coin) * coin
        for pieces in (back + qty, back)
    )
    return until - before


def _was_said(change: Change, hold: Hold, amount: int | None, qty: int, key: str | None) -> bool:
    same = hold.refunds.filter(qty=qty, **({} if amount is None else {"amount": amount})).exclude(state="failed")
    if key is not None:
        return same.filter(key__startswith=_name(hold, key)).exists()
    return same.filter(created_at__gt=change.at - REPEATED_WITHIN).exists()


def _promise(change: Change, line: Line, hold: Hold, amount: int, qty: int, key: str | None) -> None:  # noqa: PLR0917 the refund itself
    number = hold.refunds.count() + 1
    try:
        reserve_refund(hold, amount, qty=qty, key=f"{_name(hold, key)}{number}")
    except AboveRefundableError as error:
        raise RefundAboveCaptureError(error.refundable, change.cart.currency, upc=line.upc) from None
    change.note(line, refunding=line.refunding + amount, qty_refunding=line.qty_refunding + qty)


def _name(hold: Hold, key: str | None) -> str:
    """How the payment service's keys for this refund begin; the asker's own may be too long or too telling for it."""
    asked_as = "" if key is None else hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"refund-{hold.key}-{asked_as}-"
