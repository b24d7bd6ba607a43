"""What the contract answers to what a retailer says of a line, worked out apart from the code."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from pushcart.kit import clock as kit_clock
from pushcart.payments.models import Refund

if TYPE_CHECKING:
    from pushcart.carts.actions.update import LineUpdate
    from pushcart.carts.models import Line


def holds_already(one: LineUpdate, line: Line) -> bool:
    return _is_repeated(one, line) if one.status == "refund" else one.status == line.status


def first_refusal(said: list[LineUpdate], lines: dict[str, Line]) -> str | None:
    """The code of the error that the contract asks for, worked out apart from the verbs; None: it is accepted."""
    refusals = [_refusal(one, lines[one.upc]) for one in sorted(said, key=lambda one: one.upc)]
    return next((refusal for refusal in refusals if refusal), None)


def _refusal(one: LineUpdate, line: Line) -> str | None:
    if one.status == "refund":
        return _refusal_of_refund(one, line)
    moves = {
        "received": {"ordered", "received"},
        "confirmed": {"ordered", "received", "confirmed"},
        "rejected": {"ordered", "received", "charge_failed", "rejected"},
        "fulfilled": {"confirmed", "charge_failed", "partially_refunded", "fulfilled"},
    }
    if line.status not in moves[one.status]:
        return "illegal_transition"
    unanswered = line.status == "confirmed" and line.authorised and not line.captured
    return "capture_outstanding" if one.status == "fulfilled" and unanswered else None


def _refusal_of_refund(one: LineUpdate, line: Line) -> str | None:
    if _is_repeated(one, line):
        return None
    if line.status not in {"confirmed", "fulfilled", "partially_refunded"}:
        return "illegal_transition"
    if line.status == "confirmed" and line.authorised and not line.captured:
        return "capture_outstanding"
    if one.refund_qty is not None and one.refund_qty > line.qty - line.qty_refunding - line.qty_refunded:
        return "refund_above_quantity"
    amount = _share(line, one.refund_qty) if one.refund_amount is None else one.refund_amount
    return "refund_above_capture" if amount > line.kept - line.refunding - line.disputed else None


def _share(line: Line, qty: int) -> int:
    """Of cents: rounded down, and what is left with the last piece."""
    back = line.qty_refunding + line.qty_refunded
    until = back + qty
    upper = line.total if until == line.qty else line.total * until // line.qty
    return upper - line.total * back // line.qty


def _is_repeated(one: LineUpdate, line: Line) -> bool:
    same = {"qty": one.refund_qty} if one.refund_qty else {"qty": 0, "amount": one.refund_amount}
    earlier = Refund.objects.filter(hold__line_id=line.pk, **same).exclude(state="failed")
    if one.key is None:
        return earlier.filter(created_at__gt=kit_clock.now() - timedelta(minutes=10)).exists()
    asked_as = hashlib.sha256(one.key.encode()).hexdigest()[:32]
    return any(asked_as in refund.key for refund in earlier)
