"""The holds of an order asked for over the network, outside any transaction; and what became of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from django.db import connection

from pushcart.carts.models import Line
from pushcart.carts.order import Cause, HoldStatus, Refusal
from pushcart.payments.actions.place import place
from pushcart.payments.models import Hold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushcart.carts.models import Cart
    from pushcart.carts.placing.check import Refusals

_AT_ONCE = 4
_WORDS = {
    "held": HoldStatus.HELD,
    "renewing": HoldStatus.HELD,
    "capturing": HoldStatus.HELD,
    "captured": HoldStatus.HELD,
    "failed": HoldStatus.DECLINED,
    "released": HoldStatus.RELEASED,
    "lapsed": HoldStatus.RELEASED,
}


def place_holds(carts: list[Cart]) -> Refusals:
    """Asks for every hold of the carts; the refusals of those that are not held, by their lines' positions.

    The first goes ahead alone: a card that is declined is declined once, not once for each line, and nothing has to be
    released. The others follow side by side.
    """
    lines = {line.pk: line for line in Line.objects.filter(cart__in=carts)}
    waiting = list(Hold.objects.filter(line_id__in=lines).order_by("line_id"))
    tried = [place(hold) for hold in waiting[:1]]
    if all(hold.state == "held" for hold in tried):
        tried += _side_by_side(waiting[1:])
    return {lines[hold.line_id].position: _refusal(hold) for hold in tried if hold.state != "held"}


def hold_statuses(lines: Iterable[Line]) -> dict[int, HoldStatus]:
    """What became of each line's hold, by the line's id, as it stands in the database."""
    ids = [line.pk for line in lines]
    holds = {hold.line_id: hold for hold in Hold.objects.filter(line_id__in=ids)}
    return {pk: _status(holds[pk]) if pk in holds else HoldStatus.NONE for pk in ids}


def _side_by_side(waiting: list[Hold]) -> list[Hold]:
    if len(waiting) <= 1:
        return [place(hold) for hold in waiting]
    with ThreadPoolExecutor(min(len(waiting), _AT_ONCE)) as pool:
        return list(pool.map(_place_in_thread, waiting))


def _place_in_thread(hold: Hold) -> Hold:
    try:
        return place(hold)
    finally:
        connection.close()


def _refusal(hold: Hold) -> Refusal:
    if hold.failure_code:
        return Refusal(
            Cause.CARD_DECLINED,
            hold.failure_message or "The card could not be held.",
            field="card_token",
            details={"failure_code": hold.failure_code},
        )
    return Refusal(
        Cause.PAYMENT_TROUBLE, "The payment processor gave no answer. Try again, or reserve and pay in the store."
    )


def _status(hold: Hold) -> HoldStatus:
    if hold.called_at is None:
        return HoldStatus.NOT_TRIED
    return _WORDS.get(hold.state, HoldStatus.RELEASING)
