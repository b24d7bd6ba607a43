from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Greatest

from pushcart.carts.actions.settle import settle
from pushcart.carts.change import changing
from pushcart.carts.models import OWING, Cart, Line
from pushcart.carts.one_by_one import in_seconds, one_by_one
from pushcart.carts.stock import put_back
from pushcart.kit import clock
from pushcart.payments.actions.release import LONGEST_HOLD
from pushcart.payments.models import Hold, Refund
from pushcart.payments.states import HOLD

if TYPE_CHECKING:
    from datetime import datetime

# Younger ones are still in the hands of whoever decided or places them.
UNSETTLED_AFTER = timedelta(seconds=30)
_STUCK_AFTER = timedelta(minutes=2)
# No hold lasts longer, and after it `release` gives up: it has to be asked once more when that time is over.
_HOLDS_LAST = LONGEST_HOLD + timedelta(days=1)
# Then the timetable goes on. Longest not asked comes first, so that the next run continues where this one ended.
_SETTLING_SECONDS = 10.0


def sweep(limit: int = 200) -> int:
    """Finishes what an interrupted process or an unanswered payment left open, and counts the carts it looked after.

    Carts stuck in being placed are refused; what decided lines still owe to a card, or a card to them, is settled.
    Run every few seconds, it finds each within a minute (contract: a bound of 60 s).
    """
    now = clock.now()
    refused = one_by_one(_refuse, _stuck(now)[:limit])
    owing = [*refused, *_owing(now)[:limit], *_refused_but_held(now)[:limit]]
    until = in_seconds(_SETTLING_SECONDS)
    return len(one_by_one(partial(settle, until=until), dict.fromkeys(owing), until=until))


def _stuck(now: datetime) -> list[int]:
    lines = Line.objects.filter(status="placing", cart__created_at__lt=now - _STUCK_AFTER)
    return sorted(set(lines.values_list("cart_id", flat=True)))


def _refuse(cart_id: int) -> bool:
    try:
        with changing(cart_id, wait=False) as change:
            stuck = [line for line in change.lines if line.status == "placing"]
            for line in sorted(stuck, key=lambda line: line.upc):
                put_back(change, line)
                change.move(line, "refused")
    except Cart.DoesNotExist:
        return False
    return bool(stuck)


def _owing(now: datetime) -> list[int]:
    """Longest not asked comes first, so that a payment which never gets an answer keeps no other from being asked."""
    holds = Hold.objects.filter(line_id=OuterRef("pk"))
    refunds = Refund.objects.filter(hold__line_id=OuterRef("pk")).order_by(F("called_at").desc(nulls_last=True))
    asked_at = Greatest(Subquery(holds.values("called_at")), Subquery(refunds.values("called_at")[:1]))
    lines = Line.objects.filter(OWING, updated_at__lt=now - UNSETTLED_AFTER)
    lines = lines.order_by(asked_at.asc(nulls_first=True), "pk")
    return list(dict.fromkeys(lines.values_list("cart_id", flat=True)))


def _refused_but_held(now: datetime) -> list[int]:
    """Carts that could not be ordered and whose holds are not let go yet."""
    unreleased = Hold.objects.filter(line_id=OuterRef("pk")).exclude(state__in=HOLD.final)
    lines = Line.objects.filter(
        Exists(unreleased),
        status="refused",
        updated_at__lt=now - UNSETTLED_AFTER,
        cart__ordered_at=None,
        cart__created_at__gt=now - _HOLDS_LAST,
    )
    return sorted(set(lines.values_list("cart_id", flat=True)))
