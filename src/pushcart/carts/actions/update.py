from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushcart.carts.actions.confirm import confirm
from pushcart.carts.actions.fulfill import fulfill
from pushcart.carts.actions.receive import receive
from pushcart.carts.actions.refund import refund
from pushcart.carts.actions.reject import reject
from pushcart.carts.actions.settle import settle
from pushcart.carts.change import Change, changing
from pushcart.carts.errors import RepeatedLineError, StaleSequenceError, UnknownLineError, UnknownStatusError
from pushcart.carts.models import Cart
from pushcart.catalog.gtin import GtinError, canonical
from pushcart.events.record import trace_of
from pushcart.kit import traces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushcart.carts.models import Line


@dataclass(frozen=True)
class LineUpdate:
    """What a retailer says of one line (contract, section 2).

    Attributes:
        upc: in any writing of a GTIN.
        status: received, confirmed, rejected, fulfilled or refund, in any letter case.
        fulfillment_url: with received and confirmed.
        reason: with rejected.
        refund_amount: with refund, in minor units of the cart's currency.
        refund_qty: with refund, how many pieces came back.
        key: the request's Idempotency-Key, where it had one.
    """

    upc: str
    status: str
    fulfillment_url: str = ""
    reason: str = ""
    refund_amount: int | None = None
    refund_qty: int | None = None
    key: str | None = None


def update(cart_id: int, updates: Iterable[LineUpdate], *, if_match: int | None = None) -> Cart:
    """Says something of one or several lines, all or none of it, then does the money that follows.

    What already holds changes nothing. `if_match` is the sequence at which the cart has to stand. Returns the cart as
    it stands then.

    Raises:
        CartError: nothing was changed; its `upc` names the line.
    """
    said = _by_upc(updates)
    _tie_to_the_order(cart_id)
    with changing(cart_id) as change:
        if if_match is not None and if_match != change.cart.sequence:
            raise StaleSequenceError(change.cart.sequence)
        # In the order of their UPCs, so that two carts never wait in a circle for each other's stock.
        for upc, one in sorted(said.items()):
            _say(change, _line(change, upc), one)
    settle(cart_id)
    return Cart.objects.select_related("store").get(pk=cart_id)


def _tie_to_the_order(cart_id: int) -> None:
    """In a trace, the decision and the order that it is about find each other."""
    if traces.recording() and (ordered := trace_of(cart_id)):
        traces.link(ordered, **{"pushcart.link": "order"})


def _by_upc(updates: Iterable[LineUpdate]) -> dict[str, LineUpdate]:
    said: dict[str, LineUpdate] = {}
    for one in updates:
        try:
            upc = canonical(one.upc)
        except GtinError:
            raise UnknownLineError(one.upc) from None
        if upc in said:
            raise RepeatedLineError(upc)
        said[upc] = one
    return said


def _line(change: Change, upc: str) -> Line:
    line = change.line(upc)
    if line is None:
        raise UnknownLineError(upc)
    return line


def _say(change: Change, line: Line, one: LineUpdate) -> None:
    match one.status.strip().lower():
        case "received":
            receive(change, line, fulfillment_url=one.fulfillment_url)
        case "confirmed":
            confirm(change, line, fulfillment_url=one.fulfillment_url)
        case "rejected":
            reject(change, line, reason=one.reason)
        case "fulfilled":
            fulfill(change, line)
        case "refund":
            refund(change, line, amount=one.refund_amount, qty=one.refund_qty, key=one.key)
        case _:
            raise UnknownStatusError(one.status, STATUSES, upc=line.upc)


# What can be said of a line.
STATUSES = ("received", "confirmed", "rejected", "fulfilled", "refund")
