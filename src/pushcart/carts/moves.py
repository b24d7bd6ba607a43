"""What a retailer may say next of a line (contract, section 2: Allowed moves)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.carts.errors import CaptureOutstandingError, IllegalTransitionError

if TYPE_CHECKING:
    from pushcart.carts.models import Line

_MOVES = {
    "ordered": ("received", "confirmed", "rejected"),
    "received": ("confirmed", "rejected"),
    "confirmed": ("fulfilled", "refund"),
    "charge_failed": ("fulfilled", "rejected"),
    "fulfilled": ("refund",),
    "partially_refunded": ("fulfilled", "refund"),
}


def allowed(line: Line) -> list[str]:
    """The words that are open now; a refund only where something that was charged is left."""
    return [word for word in _MOVES.get(line.status, ()) if word != "refund" or line.kept > line.disputed]


def refundable(line: Line) -> int:
    """What was captured and neither given back, promised nor disputed, in minor units."""
    return max(0, line.kept - line.refunding - line.disputed)


def require(line: Line, word: str) -> None:
    """Raises `IllegalTransitionError` unless the line's status lets `word` be said of it."""
    if word not in _MOVES.get(line.status, ()):
        raise IllegalTransitionError(line.status, allowed(line), upc=line.upc)


def require_charged(line: Line) -> None:
    """Raises `CaptureOutstandingError` for a line that was confirmed and whose card has not answered yet."""
    if line.status == "confirmed" and line.authorised > line.captured:
        raise CaptureOutstandingError(upc=line.upc)
