"""What a retailer's owner is told of its stores' standings: what was lost and what came back, in one letter each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pushcart.notifications.models import KnownStanding
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pushcart.events.models import Event

NOTHING, STANDARD, PUSHCART = KnownStanding.Level


@dataclass(frozen=True)
class Turn:
    """Stores of one company that took the same turn at once.

    Attributes:
        event: The last store's, for all of them.
        lost: Whether they can do less than before; else they are back.
        level: What they can do now.
        reasons: What is in the way, a sentence each.
    """

    event: Event
    stores: list[Store]
    lost: bool
    level: int
    reasons: list[str]


def turns(events: Iterable[Event]) -> Iterator[Turn]:
    """What an owner should hear of these `eligibility.changed`, and writes down how the stores stand now.

    A store's first rise to what it can do is its owner's own work and told to nobody; nor is a change of the reasons
    alone. Of several changes of one store the last counts.
    """
    last = {event.data["store_id"]: event for event in events}
    stores = Store.objects.in_bulk(last)
    known = KnownStanding.objects.in_bulk(last)
    together: dict[tuple[Any, ...], list[tuple[Store, Event]]] = {}
    for store_id, event in last.items():
        if store_id in stores:
            lost = _turned(known.get(store_id) or KnownStanding(store_id=store_id), event)
            if lost is not None:
                outcome = (lost, _level(event), *_reasons(event))
                together.setdefault(outcome, []).append((stores[store_id], event))
    for (lost, level, *reasons), found in together.items():
        yield Turn(found[-1][1], [store for store, _ in found], lost, level, reasons)


def _turned(known: KnownStanding, event: Event) -> bool | None:
    """Whether something was lost (True) or came back (False); None where there is nothing to tell."""
    before, best, level = known.level, known.best, _level(event)
    known.level, known.best = level, max(best, level)
    known.save()
    if level < before:
        return True
    return False if before < level <= best else None


def _level(event: Event) -> int:
    return PUSHCART if event.data["pushcart"] else STANDARD if event.data["standard"] else NOTHING


def _reasons(event: Event) -> list[str]:
    return [reason["message"] for reason in event.data["reasons"]]
