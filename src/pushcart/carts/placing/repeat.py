"""The same order twice is one order: a double click, or a site that asks again after a lost answer (decision 0045)."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import orjson
from django.db import InterfaceError, OperationalError, connection

from pushcart.carts.models import Basket
from pushcart.carts.order import LineAnswer, Placement
from pushcart.carts.placing.holds import hold_statuses
from pushcart.kit import clock
from pushcart.kit.crypto import keyed_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushcart.carts.models import Cart
    from pushcart.carts.order import Order

# As long after the first the same order counts as the same click.
SAME_CLICK = timedelta(minutes=10)
# As long a second click waits for the first to be answered; the calls to Stripe give up sooner.
PATIENCE = timedelta(seconds=60)
_ENDED = ("refused", "rejected", "auto_rejected", "cancelled")


class BeingPlacedError(Exception):
    """The same order is at work elsewhere and not done yet."""


def fingerprint(order: Order) -> bytes:
    """32 bytes that two orders share only if every part of them is the same, the card's token included."""
    text = orjson.dumps(asdict(order), default=str, option=orjson.OPT_SORT_KEYS).decode()
    return keyed_hash(text, use="basket")


@contextmanager
def one_at_a_time(of: bytes) -> Iterator[None]:
    """Lets the same order in once at a time, in all processes; the others wait. A lost connection lets go by itself.

    Raises:
        BeingPlacedError: the first took longer than `PATIENCE`.
    """
    number = int.from_bytes(of[:8], "big", signed=True)
    _wait(number)
    try:
        yield
    finally:
        _let_go(number)


def earlier(of: bytes) -> Placement | None:
    """What became of the same order a moment ago; None where there was none, or all of it ended.

    Raises:
        BeingPlacedError: it was left half placed; the sweeper ends it.
    """
    since = clock.now() - SAME_CLICK
    for basket in Basket.objects.filter(fingerprint=of, created_at__gt=since).order_by("-pk"):
        carts = list(basket.carts.select_related("store").prefetch_related("lines").order_by("store_id"))
        lines = [(cart, line) for cart in carts for line in cart.lines.all()]
        if any(line.status == "placing" for _, line in lines):
            raise BeingPlacedError
        if any(line.status not in _ENDED for _, line in lines):
            return placement_of(carts)
    return None


def placement_of(carts: list[Cart]) -> Placement:
    """The answer to an order that became these carts a moment ago, as they stand now."""
    lines = [(cart, line) for cart in carts for line in cart.lines.all()]
    holds = hold_statuses([line for _, line in lines])
    answers = [LineAnswer(line.position, line.upc, cart.store_id, holds[line.pk], ordered=True) for cart, line in lines]
    return Placement(tuple(sorted(answers, key=lambda answer: answer.position)), tuple(carts), repeated=True)


def _wait(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{PATIENCE // timedelta(milliseconds=1)}ms"])
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", [number])
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != "55P03":  # lock_not_available
                raise
            raise BeingPlacedError from None
        finally:
            cursor.execute("RESET lock_timeout")


def _let_go(number: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
    except (InterfaceError, OperationalError):
        # The connection is gone, and its locks with it.
        connection.close()
