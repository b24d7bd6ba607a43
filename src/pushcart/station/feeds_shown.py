"""What the owner's page of feeds shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from pushcart.inventory.imports import imports_of, message_of
from pushcart.inventory.models import Import
from pushcart.kit import clock
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from datetime import datetime

    from pushcart.companies.models import Company

_LAST = 20  # feeds
_OPEN = {Import.State.RECEIVED, Import.State.RUNNING}
_WORDS = {
    Import.State.RECEIVED: ("waiting", "todo"),
    Import.State.RUNNING: ("being read", "todo"),
    Import.State.DONE: ("in force", "done"),
    Import.State.HELD: ("waits for you", "care"),
    Import.State.DISCARDED: ("discarded", "soft"),
    Import.State.FAILED: ("not used", "trouble"),
}


@dataclass(frozen=True)
class Shelf:
    """A store, and how old its stock is."""

    name: str
    number: str
    age: str
    state: str
    word: str


def shown(company: Company) -> dict[str, Any]:
    """The stores, the oldest stock first, and the last feeds."""
    feeds = [_feed(feed) for feed in imports_of(company.pk).defer("refused", "repaired")[:_LAST]]
    stores = Store.objects.filter(company=company, closed=False).select_related("freshness").order_by("number")
    known = [(getattr(store, "freshness", None), store) for store in stores]
    oldest_first = sorted(known, key=lambda pair: (pair[0] is not None, pair[0] and pair[0].fed_at))
    return {
        "feeds": feeds,
        "working": any(feed["open"] for feed in feeds),
        "stores": stores,
        "shelves": [_shelf(store, fresh.fed_at if fresh else None) for fresh, store in oldest_first],
        "most_mb": settings.FEED_MOST_BYTES // 2**20,
    }


def _feed(feed: Import) -> dict[str, Any]:
    word, state = _WORDS[Import.State(feed.state)]
    return {
        "id": feed.pk,
        "source": feed.source,
        "by": feed.by,
        "came": ago(feed.started_at),
        "at": feed.started_at,
        "word": word,
        "state": state,
        "open": feed.state in _OPEN,
        "told": message_of(feed),
        "delta": feed.mode == Import.Mode.DELTA,
        "counts": feed.state not in {Import.State.RECEIVED, Import.State.FAILED} or feed.rows > 0,
        "rows": feed.rows,
        "changed": feed.changed,
        "refused": feed.refused_count,
        "repaired": feed.repaired_count,
        "seconds": feed.seconds,
        "held": [(str(part.store), part.cause) for part in feed.held.select_related("store").order_by("store_id")[:5]]
        if feed.state == Import.State.HELD
        else [],
    }


def _shelf(store: Store, fed_at: datetime | None) -> Shelf:
    if fed_at is None:
        return Shelf(store.name, store.number, "never told", "trouble", "takes no orders")
    age = clock.now() - fed_at
    if age >= timedelta(hours=settings.PUSHCART_FEED_MAX_AGE_HOURS):
        state, word = "trouble", "too old for PushCart"
    elif age >= timedelta(hours=settings.FEED_WARN_HOURS):
        state, word = "care", "grows old"
    else:
        state, word = "done", "fresh"
    return Shelf(store.name, store.number, f"told {ago(fed_at)}", state, word)


def ago(moment: datetime) -> str:
    """In words, as a person would say it."""
    minutes = int((clock.now() - moment).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    for size, name in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"
