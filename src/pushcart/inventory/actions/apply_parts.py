from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import F, Func, Value

from pushcart.events.record import record, record_each
from pushcart.inventory import lock
from pushcart.inventory.feed.difference import difference
from pushcart.inventory.feed.loss import too_much_lost
from pushcart.inventory.feed.shelf import read_shelf, write_shelf
from pushcart.inventory.feed.since import read_since, settle_since
from pushcart.inventory.feed.words import Words
from pushcart.inventory.models import Freshness, Held, Import
from pushcart.inventory.told_in_full import told_in_full

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import polars as pl


@dataclass(frozen=True)
class Outcome:
    """What became of one store's part of a feed.

    Attributes:
        changed: Products whose stock or price it changed.
        held: Why a person has to look at it first; the stock is as it was.
        outdated: A newer snapshot came before; the stock is as that left it.
        words: By which the feed tells all of the store's stock as it now is; none where it doesn't.
    """

    changed: int = 0
    held: str = ""
    outdated: bool = False
    words: Words | None = None


def apply_parts(feed: Import, told: dict[int, pl.DataFrame], *, force: bool = False) -> dict[int, Outcome]:
    """Makes what a feed tells of some stores their stock, in one transaction, and records `inventory.fed` of each.

    What would empty a store or leave out most of it is kept aside and recorded as `inventory.held`, unless `force`
    says that somebody has looked. Orders of the stores, and other feeds, wait for as long as it takes.

    Args:
        feed: A snapshot: what `told` leaves out is out of stock. A delta: what it leaves out stays as it is. Either
            counts what was taken and hidden before it came in; what was since stays taken and hidden.
        told: By store id, columns as in `feed.told.SHELF`.
        force: It counts even where it empties a store.
    """
    with transaction.atomic():
        lock.own(*told)
        newer = Freshness.objects.filter(store_id__in=told, snapshot__gt=feed.pk)
        outcomes = {store_id: Outcome(outdated=True) for store_id in newer.values_list("store_id", flat=True)}
        since = read_since(told)
        for store_id in told.keys() - outcomes.keys():
            outcomes[store_id] = _apply(feed, store_id, told[store_id], since[store_id], force=force)
        applied = {pk: outcome for pk, outcome in outcomes.items() if not outcome.held and not outcome.outdated}
        if feed.mode == Import.Mode.SNAPSHOT:
            told_in_full(feed, {store_id: outcome.words for store_id, outcome in applied.items()})
        else:
            _told_in_part(feed, applied)
        settled(feed, {store_id: outcome.changed for store_id, outcome in applied.items()})
    return outcomes


def settled(feed: Import, changed: dict[int, int]) -> None:
    """Writes down, in the transaction that did it, which stores have the feed, and how many products it changed."""
    if not changed:
        return
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


def _apply(feed: Import, store_id: int, told: pl.DataFrame, since: pl.DataFrame, *, force: bool) -> Outcome:
    whole = feed.mode == Import.Mode.SNAPSHOT
    stock = read_shelf(store_id)
    differing = difference(stock, told, since, import_id=feed.pk, whole=whole)
    cause = "" if force else too_much_lost(differing, whole=whole)
    if cause:
        _hold(feed, store_id, told, cause)
        return Outcome(held=cause)
    write_shelf(store_id, stock, differing.rows, since, snapshot=feed.pk, whole=whole)
    settle_since(store_id, differing.settled, import_id=feed.pk)
    words = Words.of(told) if whole and not differing.outdone else None
    return Outcome(changed=differing.changed, words=words)


def _hold(feed: Import, store_id: int, told: pl.DataFrame, cause: str) -> None:
    parquet = io.BytesIO()
    told.write_parquet(parquet)
    Held.objects.update_or_create(feed=feed, store_id=store_id, defaults={"cause": cause, "rows": parquet.getvalue()})
    record(
        "inventory.held",
        companies=[feed.company_id],
        data={"store_id": store_id, "import_id": feed.pk, "cause": cause},
    )


def _told_in_part(feed: Import, stores: Collection[int]) -> None:
    """A delta renews the age of a store that was told in full a short while ago: it alone makes no stock known."""
    of_stores, at = Freshness.objects.filter(store_id__in=stores), feed.started_at
    of_stores.update(digest=None)
    recently = at - timedelta(days=settings.FEED_COUNT_DAYS)
    of_stores.filter(fed_at__lt=at, counted_at__gt=recently).update(fed_at=at, warned_snapshot=None)


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
