"""The last step: every hold stands, and the carts become orders, all of the basket in one transaction."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from pushcart.carts.change import changing
from pushcart.carts.order import Cause, Refusal
from pushcart.carts.placing.check import window_of
from pushcart.events.record import lock_streams
from pushcart.payments.models import Hold
from pushcart.payments.renewal import lasts_until
from pushcart.stores.hours import deadline

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.carts.change import Change
    from pushcart.carts.models import Cart, Line
    from pushcart.carts.placing.check import Refusals

_Holds = dict[int, Hold]  # by line


class CantCompleteError(Exception):
    """The order can't stand as it is; nothing of it was written. `refusals` says which lines are to blame."""

    def __init__(self, refusals: Refusals) -> None:
        super().__init__("The order could not be completed.")
        self.refusals = refusals


def complete(carts: list[Cart]) -> None:
    """Makes orders of the carts: their lines `ordered`, the response window running, `carts.ordered` told.

    Raises:
        CantCompleteError: see there.
    """
    with transaction.atomic(durable=True), ExitStack() as changes:
        # The same order in which everybody takes locks: carts by their ids, then the streams of events.
        opened = [changes.enter_context(changing(pk)) for pk in sorted(cart.pk for cart in carts)]
        holds = _holds([line for change in opened for line in change.lines])
        for change in opened:
            _order(change, holds)
        companies = {pk for cart in carts for pk in (cart.retailer_id, cart.brand_id)}
        lock_streams(companies, test=carts[0].test)


def _holds(lines: list[Line]) -> _Holds:
    return {hold.line_id: hold for hold in Hold.objects.filter(line_id__in=[line.pk for line in lines])}


def _order(change: Change, holds: _Holds) -> None:
    _start_window(change)
    _refuse_if(change, lambda line: line.status != "placing", _OVERTAKEN)
    _refuse_if(change, lambda line: line.pk in holds and holds[line.pk].state != "held", _OVERTAKEN)
    _refuse_if(change, lambda line: line.pk in holds and _lapses_too_early(change, holds[line.pk]), _TOO_SHORT)
    for line in change.lines:
        amount = holds[line.pk].amount if line.pk in holds else 0
        change.move(line, "ordered", authorised=amount, held=amount)
    _note_card(change, holds)


def _start_window(change: Change) -> None:
    cart = change.cart
    hours = cart.store.opening_times
    cart.ordered_at = change.at
    cart.respond_by = deadline(hours, change.at, window_of(cart.workflow))
    if cart.respond_by is None:
        _refuse_if(change, lambda _: True, _NEVER_OPENS)
    cart.remind_at = deadline(hours, change.at, timedelta(minutes=settings.REMINDER_MINUTES))


def _refuse_if(change: Change, is_wrong: Callable[[Line], bool], refusal: Refusal) -> None:
    wrong = [line for line in change.lines if is_wrong(line)]
    if wrong:
        raise CantCompleteError({line.position: refusal for line in wrong})


def _lapses_too_early(change: Change, hold: Hold) -> bool:
    """Even with as many further holds as may stand in for it."""
    respond_by, lasts = change.cart.respond_by, lasts_until(hold)
    return lasts is not None and respond_by is not None and lasts <= respond_by


def _note_card(change: Change, holds: _Holds) -> None:
    hold = next((holds[line.pk] for line in change.lines if line.pk in holds), None)
    if hold is not None:
        change.cart.card_brand, change.cart.card_last4 = hold.card_brand, hold.card_last4


_OVERTAKEN = Refusal(
    Cause.PAYMENT_TROUBLE, "The card was not held in time. Try again, or reserve and pay in the store."
)
_TOO_SHORT = Refusal(
    Cause.HOLD_TOO_SHORT,
    "The store may answer only after the hold on the card has lapsed: choose another store, or reserve.",
    field="card_token",
)
_NEVER_OPENS = Refusal(Cause.NEVER_OPENS, "The store does not open long enough to answer an order.")
