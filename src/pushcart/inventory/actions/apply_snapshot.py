from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.events.record import record
from pushcart.inventory import lock
from pushcart.inventory.feed.snapshot import staged_rows, too_much_lost, write_stock
from pushcart.inventory.models import Freshness, Held, Import

if TYPE_CHECKING:
    from pushcart.inventory.models import Import as Feed


@dataclass(frozen=True)
class Outcome:
    """What became of one store's part of a feed.

    Attributes:
        changed: Products whose stock or price it changed.
        held: Why a person has to look at it first; the stock is as it was.
        outdated: A newer snapshot came before; the stock is as that left it.
    """

    changed: int = 0
    held: str = ""
    outdated: bool = False


def apply_snapshot(feed: Feed, store_id: int, *, force: bool = False) -> Outcome:
    """Makes the staged rows of one store its stock, in one transaction, and records `inventory.fed`.

    A snapshot that would empty the store or leave out most of it is kept aside and recorded as `inventory.held`, unless
    `force` says that somebody has looked. Orders of the store wait for as long as it takes.
    """
    with transaction.atomic():
        lock.own(store_id)
        if Freshness.objects.filter(store_id=store_id, snapshot__gt=feed.pk).exists():
            return Outcome(outdated=True)
        cause = "" if force else too_much_lost(store_id)
        if cause:
            _hold(feed, store_id, cause)
            return Outcome(held=cause)
        changed = write_stock(store_id, snapshot=feed.pk, at=feed.started_at)
        Freshness.objects.update_or_create(store_id=store_id, defaults={"fed_at": feed.started_at, "snapshot": feed.pk})
        _forget_older_held(feed, store_id)
        record(
            "inventory.fed",
            companies=[feed.company_id],
            data={"store_id": store_id, "import_id": feed.pk, "changed": changed},
        )
    return Outcome(changed=changed)


def _hold(feed: Feed, store_id: int, cause: str) -> None:
    Held.objects.create(feed=feed, store_id=store_id, cause=cause, rows=staged_rows(store_id))
    record(
        "inventory.held",
        companies=[feed.company_id],
        data={"store_id": store_id, "import_id": feed.pk, "cause": cause},
    )


def _forget_older_held(feed: Feed, store_id: int) -> None:
    """What waited for a word is settled by a newer snapshot."""
    older = Held.objects.filter(store_id=store_id, feed_id__lt=feed.pk)
    feeds = list(older.values_list("feed_id", flat=True))
    older.delete()
    Import.objects.filter(pk__in=feeds, state=Import.State.HELD, held=None).update(
        state=Import.State.FAILED, error="A newer feed came before anybody released this one."
    )
