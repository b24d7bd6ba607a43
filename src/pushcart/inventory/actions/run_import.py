from __future__ import annotations

import time
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

import polars as pl
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import F

from pushcart.catalog.queries import known
from pushcart.inventory import lock
from pushcart.inventory.actions.apply_parts import apply_parts
from pushcart.inventory.actions.renew_alike import read_as, renew_alike
from pushcart.inventory.actions.renew_unchanged import renew_unchanged
from pushcart.inventory.feed.columns import FEED
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.feed.keep import kept, report_of
from pushcart.inventory.feed.places import Places
from pushcart.inventory.feed.read import Feed
from pushcart.inventory.feed.report import Report
from pushcart.inventory.feed.told import SHELF, by_store
from pushcart.inventory.feed.words import Words
from pushcart.inventory.models import Freshness, Import
from pushcart.inventory.side_by_side import side_by_side
from pushcart.kit import clock
from pushcart.kit.prices import Decimals
from pushcart.kit.sheets.errors import SheetError
from pushcart.kit.sheets.unpack import unpacked
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = structlog.get_logger()
_MOST_ATTEMPTS = 3
_OPEN = (Import.State.RECEIVED, Import.State.RUNNING)

# Of stores, in a sentence.
_MOST_NAMED = 10

_Told = dict[int, pl.DataFrame]


def run_import(import_id: int) -> Import:
    """Reads a kept feed and writes what it tells, store by store; `import_feed` says how.

    One that broke off in the middle goes on: stores that have it already are passed over, and no store has half of it.
    After three attempts it is given up. One that another process reads just now, or that is finished, is left alone.
    """
    with lock.reading(import_id) as alone:
        feed = Import.objects.select_related("company", "store").get(pk=import_id)
        if not alone or feed.state not in _OPEN:
            return feed
        started = time.monotonic()
        Import.objects.filter(pk=import_id).update(state=Import.State.RUNNING, attempts=F("attempts") + 1)
        report = Report(report_of(import_id))
        state, error = Import.State.FAILED, ""
        try:
            _must_be_worth_it(feed)
            with report.writing():
                error = _take_in(feed, report)
            state = Import.State.HELD if error else Import.State.DONE
        except SheetError as refused:
            error = str(refused)
        except (OperationalError, InterfaceError):
            raise  # the database went away: it stays running, and is taken up again
        except Exception:  # noqa: BLE001 whatever it is, nobody waits for it for ever
            _log.exception("feed.broken", import_id=import_id)
            error = "Something went wrong on our side; the operator finds it under this number."
        return _finish(feed, report, state, error, time.monotonic() - started)


def _must_be_worth_it(feed: Import) -> None:
    if feed.attempts >= _MOST_ATTEMPTS:
        raise FeedError(f"It was given up after {feed.attempts} attempts that broke off. Send it again.")


def _take_in(feed: Import, report: Report) -> str:
    """Why parts of it wait for a person; empty where none does."""
    places = Places(feed.company, feed.store)
    rows = renew_alike(feed, places)
    if rows is not None:
        report.rows = rows
        return ""
    told, decimals = _read(feed, places, report)
    waiting = _apply(feed, told, report)
    if not waiting and not report.refused_count and not report.repaired_count:
        Import.objects.filter(pk=feed.pk).update(read_as=read_as(places, decimals, feed.company.currency))
    return waiting


def _read(feed: Import, places: Places, report: Report) -> tuple[_Told, Decimals]:
    """All that it tells, by store, and how its prices have their decimals."""
    with unpacked(kept(feed.pk), FEED, settings.FEED_MOST_UNPACKED) as stream:
        told = Feed(stream, currency=feed.company.currency, place=places.of)
        if feed.store is None and not told.names_stores:
            raise FeedError("The file has no column for the store: add one, or say which store it tells of.")
        whole = by_store(_reported(feed, told, report), known)
    report.refuse(whole.refused)
    report.repair(whole.repaired)
    stores = whole.stores
    if not stores and report.refused_count:
        raise FeedError(f"None of its {report.rows:,} rows can be used. {report.refused[0]['cause']}")
    if not stores and feed.store is None:
        raise FeedError("The file holds no rows.")
    stores = stores or {store.pk: pl.DataFrame(schema=SHELF) for store in (feed.store,) if store}
    return stores, told.decimals or Decimals()


def _reported(feed: Import, told: Feed, report: Report) -> Iterator[pl.DataFrame]:
    """The rows; what is to be said of them goes into the report, and how many there are to whoever watches."""
    for batch in told:
        report.rows += batch.told
        if report.rows > settings.FEED_MOST_ROWS:
            raise FeedError(f"It has more than {settings.FEED_MOST_ROWS:,} rows: send it in parts.")
        report.refuse(batch.refused)
        report.repair(batch.repaired)
        Import.objects.filter(pk=feed.pk).update(rows=report.rows)
        yield batch.rows


def _apply(feed: Import, told: _Told, report: Report) -> str:
    """Why parts of it wait for a person; empty where none does."""
    Import.objects.filter(pk=feed.pk).update(stores=len(told), named=sorted(told))
    todo = {store_id: part for store_id, part in told.items() if store_id not in feed.applied}
    if feed.mode == Import.Mode.SNAPSHOT:
        comparable = Freshness.objects.filter(store_id__in=todo, digest__isnull=False)
        words = {pk: Words.of(todo[pk]) for pk in comparable.values_list("pk", flat=True)}
        for store_id in renew_unchanged(feed, {pk: told.digest for pk, told in words.items() if told}):
            del todo[store_id]
    applied = side_by_side(partial(apply_parts, feed, force=feed.force), todo, rows=lambda part: part.height)
    for store_id, outcome in sorted(chain.from_iterable(group.items() for group in applied), key=itemgetter(0)):
        if outcome.outdated:
            cause = f"Store {_number(store_id)}: a newer snapshot came meanwhile; this one was left out."
            report.refuse(pl.DataFrame({"line": [0], "cause": [cause]}))
    waiting = feed.held.order_by("store_id").select_related("store")
    return " ".join(f"Store {held.store.number}: {held.cause}" for held in waiting)


def _finish(feed: Import, report: Report, state: str, error: str, seconds: float) -> Import:
    if state == Import.State.FAILED:
        error = " ".join(filter(None, (error, _end_half_way(feed))))
    values = {**report.columns(), "state": state, "error": error[:500], "seconds": round(seconds, 3)}
    Import.objects.filter(pk=feed.pk).update(finished_at=clock.now(), **values)
    feed.refresh_from_db()
    return feed


def _end_half_way(feed: Import) -> str:
    """Which stores have it and which have not, where it broke off between two; nothing of it waits any more."""
    feed.held.all().delete()
    feed.refresh_from_db(fields=["named", "applied"])
    if not feed.applied:
        return ""
    left = sorted(set(feed.named) - set(feed.applied))
    return f"In force in {_numbers(feed.applied)}; the stock is as it was in {_numbers(left)}."


def _numbers(store_ids: list[int]) -> str:
    numbers = Store.objects.filter(pk__in=store_ids).order_by("number").values_list("number", flat=True)
    more = f" and {len(numbers) - _MOST_NAMED:,} more" if len(numbers) > _MOST_NAMED else ""
    return f"{'store' if len(numbers) == 1 else 'stores'} {', '.join(numbers[:_MOST_NAMED])}{more}"


def _number(store_id: int) -> str:
    return Store.objects.values_list("number", flat=True).get(pk=store_id)
