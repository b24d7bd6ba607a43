"""The sandbox's clock, moved for all of its programs at once."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pushcart.kit import clock
from pushcart.sandbox.page.asked import CannotError, button, chosen_store, done, entry
from pushcart.stores.hours import closes_at, next_opening

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, JsonResponse

    from pushcart.stores.models import Store

BEFORE_CLOSING = timedelta(minutes=30)
_MORNING = time(10)


@button
def move_clock(request: HttpRequest) -> JsonResponse:
    """`move` is one of MOVES; where a move speaks of a store, it is the chosen one."""
    store = chosen_store(request)
    move = MOVES.get(request.POST.get("move", ""))
    if move is None:
        raise CannotError("The clock knows no such move.")
    there = move(store)
    if there is None:
        clock.reset()
    else:
        clock.move_to(there)
    local = clock.now().astimezone(ZoneInfo(store.timezone))
    said = f"It is {local:%A %H:%M} in {store.city}."
    return done(said, entry=entry("clock", said))


def _next_opening(store: Store) -> datetime:
    opens = next_opening(store.opening_times, clock.now())
    if opens is None:
        raise CannotError(f"{store.name} never closes, so it never opens.")
    return opens


def _before_closing(store: Store) -> datetime:
    """Of today, or where that is over, of the next day on which it opens."""
    hours, now = store.opening_times, clock.now()
    closes = closes_at(hours, now)
    if closes is None or closes - BEFORE_CLOSING <= now:
        opens = next_opening(hours, now)
        closes = closes_at(hours, opens) if opens else None
    if closes is None:
        raise CannotError(f"{store.name} never closes.")
    return closes - BEFORE_CLOSING


def _next_morning(store: Store) -> datetime:
    local = clock.now().astimezone(ZoneInfo(store.timezone))
    return datetime.combine(local + timedelta(days=1), _MORNING, local.tzinfo)


# Each gives the moment to move to; None is the machine's own time.
MOVES: dict[str, Callable[[Store], datetime | None]] = {
    "half-an-hour": lambda _: clock.now() + timedelta(minutes=30),
    "two-hours": lambda _: clock.now() + timedelta(hours=2),
    "next-opening": _next_opening,
    "before-closing": _before_closing,
    "next-morning": _next_morning,
    "real-time": lambda _: None,
}
