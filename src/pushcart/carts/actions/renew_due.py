from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from pushcart.carts.actions.settle import settle
from pushcart.carts.models import Line
from pushcart.carts.one_by_one import in_seconds, one_by_one
from pushcart.carts.states import UNDECIDED
from pushcart.kit import clock
from pushcart.payments import renewal
from pushcart.payments.actions.release_former import release_former
from pushcart.payments.actions.renew import renew
from pushcart.payments.claim import ANSWER_WITHIN
from pushcart.payments.models import FormerIntent, Hold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

# Then the timetable goes on.
_SECONDS = 10.0


def renew_due(limit: int = 200) -> int:
    """Renews holds that would lapse before their line's window has ended, and finishes renewals left in the middle.

    Counts the holds that it looked after. A hold that lapsed all the same is booked on its line.
    """
    now = clock.now()
    holds = Hold.objects.filter(_outlasted(now) | _unanswered(now)).order_by("capture_before", "pk")
    done = _in_time(_renewed, holds.values_list("pk", flat=True)[:limit])
    left = FormerIntent.objects.filter(Q(called_at=None) | Q(called_at__lte=now - ANSWER_WITHIN), gone_at=None)
    former = _in_time(_released, left.order_by("called_at").values_list("pk", flat=True)[:limit])
    return len(done) + len(former)


def _in_time(act: Callable[[int], None], ids: Iterable[int]) -> list[int]:
    return one_by_one(act, ids, until=in_seconds(_SECONDS))


def _outlasted(now: datetime) -> Q:
    """Whoever answers in the last minute of the window still has to be charged for."""
    window = Line.objects.filter(
        pk=OuterRef("line_id"),
        status__in=UNDECIDED,
        cart__respond_by__gt=OuterRef("capture_before") - renewal.MARGIN,
    )
    return renewal.due(now) & Q(Exists(window))


def _unanswered(now: datetime) -> Q:
    return Q(state="renewing") & (Q(called_at=None) | Q(called_at__lte=now - ANSWER_WITHIN))


def _renewed(hold_id: int) -> None:
    hold = renew(Hold.objects.get(pk=hold_id))
    if hold.state == "lapsed":
        settle(Line.objects.get(pk=hold.line_id).cart_id)


def _released(former_id: int) -> None:
    release_former(FormerIntent.objects.select_related("hold").get(pk=former_id))
