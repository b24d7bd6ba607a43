"""An order placed: checked, written down, its card held, and handed to its stores; all of it or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.carts.models import Cart, Line
from pushcart.carts.order import Cause, HoldStatus, LineAnswer, Placement, Refusal
from pushcart.carts.placing.check import check
from pushcart.carts.placing.complete import CantCompleteError, complete
from pushcart.carts.placing.give_up import give_up
from pushcart.carts.placing.holds import hold_statuses, place_holds
from pushcart.carts.placing.repeat import BeingPlacedError, earlier, fingerprint, one_at_a_time
from pushcart.carts.placing.reserve import LostRaceError, reserve
from pushcart.kit import clock, traces
from pushcart.payments.errors import NotConnectedError

if TYPE_CHECKING:
    from pushcart.carts.order import Order
    from pushcart.carts.placing.check import Refusals

_BEING_PLACED = Refusal(Cause.BEING_PLACED, "This order is being placed already: ask again in a minute.")
_NOT_CONNECTED = Refusal(Cause.PAYMENT_TROUBLE, "The retailer's payment account was disconnected this moment.")


def place(order: Order) -> Placement:
    """Places an order, for each store that it names one cart, and says line by line what became of it.

    Between the steps everything stands in the database, and whatever is left half done there by a crash the sweeper
    refuses and releases. The same order within ten minutes is answered with the carts of the first (decision 0045).

    Raises:
        RuntimeError: called within a transaction: cards are asked in between.
    """
    mark = fingerprint(order)
    try:
        with one_at_a_time(mark):
            return earlier(mark) or _place(order, mark)
    except BeingPlacedError:
        return _refused(order, dict.fromkeys(range(len(order.items)), _BEING_PLACED))


def _place(order: Order, mark: bytes) -> Placement:
    parts, refusals = check(order, clock.now())
    if refusals:
        return _refused(order, refusals)
    try:
        carts = reserve(order, parts, mark)
    except LostRaceError as lost:
        return _refused(order, lost.refusals)
    except NotConnectedError:
        return _refused(order, dict.fromkeys(range(len(order.items)), _NOT_CONNECTED))
    return _hold_and_complete(order, carts)


def _hold_and_complete(order: Order, carts: list[Cart]) -> Placement:
    try:
        refusals = place_holds(carts) or _completed(carts)
    except Exception:
        give_up(carts, {})
        raise
    tried = _holds_by_position(carts)
    if not refusals:
        traces.describe(**{"pushcart.carts": [cart.hash for cart in carts]})
        return _ordered(order, carts, tried)
    give_up(carts, refusals)
    left = _holds_by_position(carts)
    return _refused(order, refusals, {position: _in_the_end(tried[position], left[position]) for position in tried})


def _completed(carts: list[Cart]) -> Refusals:
    try:
        complete(carts)
    except CantCompleteError as cant:
        return cant.refusals
    return {}


def _ordered(order: Order, carts: list[Cart], holds: dict[int, HoldStatus]) -> Placement:
    lines = [
        LineAnswer(position, item.upc, item.store_id, holds[position], ordered=True)
        for position, item in enumerate(order.items)
    ]
    ids = [cart.pk for cart in carts]
    return Placement(tuple(lines), tuple(Cart.objects.filter(pk__in=ids).select_related("store").order_by("store_id")))


def _refused(order: Order, refusals: Refusals, holds: dict[int, HoldStatus] | None = None) -> Placement:
    untried = HoldStatus.NOT_TRIED if order.card_token else HoldStatus.NONE
    lines = [
        LineAnswer(
            position, item.upc, item.store_id, (holds or {}).get(position, untried), refusal=refusals.get(position)
        )
        for position, item in enumerate(order.items)
    ]
    return Placement(tuple(lines))


def _holds_by_position(carts: list[Cart]) -> dict[int, HoldStatus]:
    lines = list(Line.objects.filter(cart__in=carts))
    statuses = hold_statuses(lines)
    return {line.position: statuses[line.pk] for line in lines}


def _in_the_end(tried: HoldStatus, left: HoldStatus) -> HoldStatus:
    """Of a hold without an answer that is found never to have been: nothing is held, but the card refused nothing."""
    if tried in (HoldStatus.NOT_TRIED, HoldStatus.DECLINED):
        return tried
    return HoldStatus.RELEASED if left == HoldStatus.DECLINED else left
