from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import F, Func, Value
from django.db.models.functions import Greatest

from pushcart.events.record import record, record_each
from pushcart.inventory import lock
from pushcart.inventory.feed.loss import too_much_lost
from pushcart.inventory.feed.shelf import difference, read_shelf, write_shelf
from pushcart.inventory.feed.since import read_since, settle_since
from pushcart.inventory.feed.words import Words
from pushcart.inventory.models import Freshness, Held, Import

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl


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


def apply_part(feed: Import, store_id: int, told: pl.DataFrame, *, force: bool = False) -> Outcome:
    """Makes what a feed tells of one store its stock, in one transaction, and records `inventory.fed`.

    What would empty the store or leave out most of it is kept aside and recorded as `inventory.held`, unless `force`
    says that somebody has looked. Orders of the store, and other feeds, wait for as long as it takes.

    Args:
        feed: A snapshot: what `told` leaves out is out of stock. A delta: what it leaves out stays as it is. Either
            counts what was taken and hidden before it came in; what was since stays taken and hidden.
        store_id: The store.
        told: Columns as in `feed.told.SHELF`.
        force: It counts even where it empties the store.
    """
    whole = feed.mode == Import.Mode.SNAPSHOT
    with transaction.atomic():
        lock.own(store_id)
        if Freshness.objects.filter(store_id=store_id, snapshot__gt=feed.pk).exists():
            return Outcome(outdated=True)
        since = read_since(store_id)
        differing = difference(read_shelf(store_id), told, since, import_id=feed.pk, whole=whole)
        cause = "" if force else too_much_lost(differing, whole=whole)
        if cause:
            _hold(feed, store_id, told, cause)
            return Outcome(held=cause)
        write_shelf(store_id, differing.rows, snapshot=feed.pk, first=differing.first)
        settle_since(store_id, differing.settled, import_id=feed.pk)
        _renew(feed, store_id, None if differing.outdone else told, whole=whole)
        settled(feed, {store_id: differing.changed})
    return Outcome(changed=differing.changed)


def settled(feed: Import, changed: dict[int, int]) -> None:
    """Writes down, in the transaction that did it, which stores have the feed, and how many products it changed."""
    _forget_older_held(feed, changed)
    stores = Value(sorted(changed), output_field=ArrayField(models.BigIntegerField()))
    Import.objects.filter(pk=feed.pk).update(
        applied=Func(F("applied"), stores, function="array_cat"), changed=F("changed") + sum(changed.values())
    )
    record_each(
        "inventory.fed",
        company_id=feed.company_id,
        data=[
            {"store_id": store_id, "import_id": feed.pk, "changed": count}
            for store_id, count in sorted(changed.items())
        ],
    )


def _hold(feed: Import, store_id: int, told: pl.DataFrame, cause: str) -> None:
    parquet = io.BytesIO()
    told.write_parquet(parquet)
    Held.objects.update_or_create(feed=feed, store_id=store_id, defaults={"cause": cause, "rows": parquet.getvalue()})
    record(
        "inventory.held",
        companies=[feed.company_id],
        data={"store_id": store_id, "import_id": feed.pk, "cause": cause},
    )


def _renew(feed: Import, store_id: int, stands: pl.DataFrame | None, *, whole: bool) -> None:
    """A delta renews the age of a store that was told in full a short while ago: it alone makes no stock known.

    `stands` is what the store's stock now is by the feed's words; None where not all of it is by these.
    """
    of_store = Freshness.objects.filter(store_id=store_id)
    at = feed.started_at
    if whole:
        words: dict[str, Any] = {"digest": None}
        if stands is not None and not stands["qty"].has_nulls():
            words = asdict(Words.of(stands))
        told_now = {"counted_at": at, "snapshot": feed.pk, **words}
        if not of_store.update(fed_at=Greatest("fed_at", Value(at)), **told_now):
            Freshness.objects.create(store_id=store_id, fed_at=at, **told_now)
    else:
        of_store.update(digest=None)
        recently = at - timedelta(days=settings.FEED_COUNT_DAYS)
        of_store.filter(fed_at__lt=at, counted_at__gt=recently).update(fed_at=at, warned_snapshot=None)


def _forget_older_held(feed: Import, stores: Iterable[int]) -> None:
    """What waited for a word is settled by a newer snapshot."""
    if feed.mode != Import.Mode.SNAPSHOT:
        return
    older = Held.objects.filter(store_id__in=stores, feed_id__lt=feed.pk)
    feeds = list(older.values_list("feed_id", flat=True))
    if not feeds:
        return
    older.delete()
    Import.objects.filter(pk__in=feeds, state=Import.State.HELD, held=None).update(
        state=Import.State.FAILED, error="A newer feed came before anybody released this one."
    )
