"""One change of one cart: rows locked, lines moved, document renewed and events recorded, or nothing at all."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction

from pushcart.carts.document import render
from pushcart.carts.models import Cart, Document, Line
from pushcart.carts.states import HIDDEN, LINE, UNDECIDED, cart_status
from pushcart.events.record import record
from pushcart.kit import clock
from pushcart.kit.states import transition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushcart.events.models import Event

_log = structlog.get_logger("carts")

# The event that tells of a line's new status, where its name is not the status itself.
_TOLD_AS = {"partially_refunded": "refunded"}


class Change:
    """A cart and its lines while they are locked. What is moved or told here is published when all of it is done."""

    def __init__(self, cart: Cart, lines: list[Line]) -> None:
        self.cart = cart
        self.lines = lines
        self.at = clock.now()
        self._told: dict[str, dict[str, Any]] = {}

    def line(self, upc: str) -> Line | None:
        """The line of this product, where the cart shows one."""
        return next((line for line in self.lines if line.upc == upc and line.status not in HIDDEN), None)

    def move(self, line: Line, status: str, *, told: bool = True, **also: Any) -> None:
        """Moves a line along its graph, writes `also` with it, and has `carts.<status>` told.

        `told=False` leaves the telling to the caller: a move back that the status alone would tell wrongly.

        Raises:
            IllegalMoveError: the graph has no such move.
        """
        transition(line, LINE, status, updated_at=self.at, **also)
        if told and status not in HIDDEN:
            self.tell(_TOLD_AS.get(status, status), line)

    def write(self, line: Line, **values: Any) -> None:
        """Writes a line's other columns: money that moved, a reason. Something has to be told with it."""
        self.note(line, updated_at=self.at, **values)

    def note(self, line: Line, **values: Any) -> None:
        """Writes columns of a line that no document shows."""
        for name, value in values.items():
            setattr(line, name, value)
        line.save(update_fields=list(values))

    def tell(self, what: str, line: Line | None = None, **data: Any) -> None:
        """Has `carts.<what>` told, with the UPCs of all lines for which it was said; `data` by line is put together."""
        facts = self._told.setdefault(what, {"upcs": []})
        if line is not None and line.upc not in facts["upcs"]:
            facts["upcs"].append(line.upc)
        for name, fact in data.items():
            facts[name] = {**facts.get(name, {}), **fact} if isinstance(fact, dict) else fact

    def publish(self) -> None:
        """One sequence, one document and one event for each thing told; nothing told, nothing written."""
        if not self._told:
            return
        cart = self.cart
        cart.updated_at = self.at
        cart.status = cart_status([line.status for line in self.lines if line.status not in HIDDEN])
        if not any(line.status in UNDECIDED for line in self.lines):
            cart.respond_by = cart.remind_at = None
        for what, facts in self._told.items():
            cart.sequence += 1
            Document.objects.create(cart=cart, sequence=cart.sequence, body=render(cart, self.lines))
            events = record(
                f"carts.{what}",
                companies=[cart.retailer_id, cart.brand_id],
                test=cart.test,
                cart_id=cart.pk,
                cart_hash=cart.hash,
                sequence=cart.sequence,
                data=facts,
            )
            _log_when_true(cart, events)
        cart.save()


def _log_when_true(cart: Cart, events: list[Event]) -> None:
    """A line for each event, once it has committed."""
    say = partial(
        _log.info,
        "carts.told",
        cart=cart.hash,
        sequence=cart.sequence,
        event_type=events[0].type,
        event_ids=[event.uid for event in events],
    )
    transaction.on_commit(say)


@contextmanager
def changing(cart_id: int, *, wait: bool = True) -> Iterator[Change]:
    """Locks the cart, gives it to be changed, and publishes the change in the same transaction.

    An exception inside leaves everything as it was.

    Raises:
        Cart.DoesNotExist: there is no such cart; or `wait` is False and another is changing it.
    """
    with transaction.atomic():
        carts = Cart.objects.select_for_update(of=("self",), skip_locked=not wait)
        cart = carts.select_related("store").get(pk=cart_id)
        change = Change(cart, list(cart.lines.order_by("position")))
        yield change
        change.publish()
