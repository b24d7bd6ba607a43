"""Money follows what was decided: paid outside any transaction, then booked on the lines as the card answered."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pushcart.carts.change import Change, changing
from pushcart.carts.models import Line
from pushcart.carts.one_by_one import is_over
from pushcart.carts.states import HIDDEN
from pushcart.payments import news
from pushcart.payments.actions.capture import capture
from pushcart.payments.actions.give_back import give_back
from pushcart.payments.actions.release import release
from pushcart.payments.actions.renew import renew
from pushcart.payments.models import Hold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Lines that will not be charged any more.
_GIVEN_UP = ("refused", "rejected", "auto_rejected", "cancelled", "charge_failed")
# Holds from which no money can come any more.
_GONE = ("released", "lapsed", "failed")


def settle(cart_id: int, *, until: float = math.inf) -> None:
    """Charges, releases and gives back what the cart's lines owe, and books what came of it.

    May run at any time, again, and in several places at once: each payment is made by one caller only, and booking is
    writing down what the hold says now. A payment without an answer stays owed; whoever settles later finds it out.

    After `until`, a moment of the machine's time, no further line is paid for: each call may take a minute.
    """
    for number, (line, hold) in enumerate(_lines_with_holds(Line.objects.filter(cart_id=cart_id))):
        if number and is_over(until):
            break
        _pay(line, hold)
    _book(cart_id)


def _pay(line: Line, hold: Hold) -> None:
    if hold.state == "renewing":
        # Which of two holds is the line's has to be known before one is charged or given back.
        hold = renew(hold)
    if line.status == "confirmed" and hold.state in ("held", "capturing"):
        hold = capture(hold)
    if _is_to_be_released(line, hold):
        release(hold)
    for refund in hold.refunds.filter(state="pending").order_by("pk"):
        give_back(refund)


def _is_to_be_released(line: Line, hold: Hold) -> bool:
    if hold.state in ("placing", "held"):
        return line.status in _GIVEN_UP
    return hold.state in ("capture_failed", "releasing")


def _book(cart_id: int) -> None:
    if not any(_differs(*pair) for pair in _lines_with_holds(Line.objects.filter(cart_id=cart_id))):
        return
    with changing(cart_id) as change:
        for line, hold in _lines_with_holds(change.lines):
            if _differs(line, hold):
                now, told = news.take(hold)
                _book_charge(change, line, now)
                _book_refunds(change, line, now, told)


def _lines_with_holds(lines: Iterable[Line]) -> Iterator[tuple[Line, Hold]]:
    """In the order of their UPCs. A line without a hold is reserved, and paid at the store."""
    lines = sorted(lines, key=lambda line: line.upc)
    holds = {hold.line_id: hold for hold in Hold.objects.filter(line_id__in=[line.pk for line in lines])}
    return ((line, holds[line.pk]) for line in lines if line.pk in holds)


def _differs(line: Line, hold: Hold) -> bool:
    """Whether the hold knows more than the line shows."""
    columns = {**_charge(line, hold), **_refunds(hold)}
    if _is_uncharged(line, hold) or any(getattr(line, name) != amount for name, amount in columns.items()):
        return True
    return hold.state == "captured" and news.is_news(hold)


def _charge(line: Line, hold: Hold) -> dict[str, int]:
    released = line.authorised if hold.state in _GONE else 0
    return {
        "held": line.authorised - hold.captured - released,
        "captured": hold.captured,
        "released": released,
    }


def _refunds(hold: Hold) -> dict[str, int]:
    return {
        "kept": hold.captured - hold.refunded - hold.lost,
        "refunding": hold.refunding,
        "refunded": hold.refunded + hold.lost,
        "tax_refunded": hold.tax_refunded + hold.tax_lost,
        "qty_refunding": hold.qty_refunding,
        "qty_refunded": hold.qty_refunded,
        "disputed": hold.disputed,
        "lost": hold.lost,
    }


def _is_uncharged(line: Line, hold: Hold) -> bool:
    """Confirmed, and the card can't be charged."""
    return line.status == "confirmed" and hold.state in ("capture_failed", "releasing", *_GONE)


def _book_charge(change: Change, line: Line, hold: Hold) -> None:
    if _is_uncharged(line, hold):
        change.move(line, "charge_failed", reason=hold.failure_message or "The hold on the card has lapsed.")
    booked = _charge(line, hold)
    if booked["captured"] > line.captured:
        change.write(line, **booked, kept=line.kept + hold.captured)
        change.tell("charged", line)
    elif booked["released"] > line.released:
        change.write(line, **booked)
        # A line that never was ordered stands in no document.
        if line.status not in HIDDEN:
            change.tell("lapsed" if hold.state == "lapsed" else "released", line)


def _book_refunds(change: Change, line: Line, hold: Hold, told: dict[str, int]) -> None:
    booked = _refunds(hold)
    follows = booked["refunded"] != line.refunded
    if told:
        change.write(line, **booked)
    else:
        # Asked for at the payment service itself, past us: not given back yet, so that no document shows it.
        change.note(line, **booked)
    if follows:
        _follow_refunds(change, line)
    for what, amount in told.items():
        change.tell(what, line, amounts={line.upc: amount})


def _follow_refunds(change: Change, line: Line) -> None:
    """The status that the refunds leave the line in; where one failed late, it goes back (decision 0042)."""
    if line.refunded:
        status = "partially_refunded" if line.kept else "refunded"
    else:
        status = "fulfilled" if line.fulfilled_at else "confirmed"
    if line.status != status:
        change.move(line, status, told=False)
