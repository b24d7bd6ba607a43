from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from pushcart.inventory.actions.apply_snapshot import apply_snapshot
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.feed.read import Feed
from pushcart.inventory.feed.report import Report
from pushcart.inventory.feed.staging import Staged, stage, staging, stores_staged
from pushcart.inventory.models import Import
from pushcart.kit import clock
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pushcart.companies.models import Company
    from pushcart.inventory.feed.read import Row


def import_feed(
    company: Company, stream: BinaryIO, *, source: str, store: Store | None = None, force: bool = False
) -> Import:
    """Takes in a feed: a full snapshot of each store that it names, `upc,qty,price` and perhaps `store`.

    It is read whole first; then each store changes in a transaction of its own. Rows that can't be used are set aside,
    with line and cause, and the rest goes in: a product of which only the quantity or the price could not be read stays
    as it is. Eligibility is renewed by whoever calls, or by the timetable.

    Args:
        company: Whose feed it is.
        stream: The file, open for bytes; it is read once, from where it stands.
        source: Where it came from, for people.
        store: The one store that it tells of; a row that names another is set aside. None: the file says which.
        force: Somebody has looked: it counts even where it empties a store.

    Returns:
        The record: `done`, `held` (a part waits for `release_feed`) or `failed` (`error` says why; no stock changed).
    """
    feed = Import.objects.create(company=company, source=source[:200])
    report = Report()
    try:
        with staging():
            stores = _read(feed, stream, store, report)
            _apply(feed, stores, report, force=force)
    except FeedError as error:
        feed.state, feed.error = Import.State.FAILED, str(error)[:500]
    feed.finished_at = clock.now()
    for column, value in report.columns().items():
        setattr(feed, column, value)
    feed.save()
    return feed


def _read(feed: Import, stream: BinaryIO, store: Store | None, report: Report) -> list[int]:
    """Stages all rows and returns the stores whose stock they tell."""
    told = Feed(stream, currency=feed.company.currency)
    if store is None and not told.names_stores:
        raise FeedError("The file has no column for the store: add one, or say which store it tells of.")
    report.outdone(stage(_placed(report.rows_of(told), _Places(feed.company, store), report)))
    stores = stores_staged()
    if not stores and report.refused_count:
        raise FeedError(f"None of its {report.rows:,} rows can be used. {report.refused[0]['cause']}")
    if not stores and store is None:
        raise FeedError("The file holds no rows.")
    return stores or [store.pk for store in (store,) if store]


def _apply(feed: Import, stores: Iterable[int], report: Report, *, force: bool) -> None:
    held = []
    for store_id in stores:
        outcome = apply_snapshot(feed, store_id, force=force)
        feed.changed += outcome.changed
        if outcome.outdated:
            report.refuse(0, f"Store {_number(store_id)}: a newer snapshot came meanwhile; this one was left out.")
        if outcome.held:
            held.append(f"Store {_number(store_id)}: {outcome.held}")
    feed.state = Import.State.HELD if held else Import.State.DONE
    feed.error = " ".join(held)[:500]


def _placed(rows: Iterable[Row], places: _Places, report: Report) -> Iterator[Staged]:
    """The rows with the store that each tells of; a row of no store of the company's is reported instead."""
    for row in rows:
        place = places.of(row.store)
        if isinstance(place, str):
            if row.qty is not None:  # else the row was reported already
                report.refuse(row.line, place)
        else:
            yield Staged(row.line, place, row.upc, row.qty, row.price)


class _Places:
    """A company's stores by their numbers; a number that lost its leading zeros is found where only one store fits."""

    def __init__(self, company: Company, only: Store | None) -> None:
        self._only = only
        stores = Store.objects.filter(company=company).order_by("pk").values_list("number", "pk")
        self._by_number = {number.casefold(): pk for number, pk in stores}
        short: dict[str, list[int]] = {}
        for number, pk in self._by_number.items():
            short.setdefault(number.lstrip("0"), []).append(pk)
        self._by_short = {number: pks[0] for number, pks in short.items() if len(pks) == 1}

    def of(self, written: str) -> int | str:
        """The store's id, or as a sentence why there is none."""
        if self._only is not None and not written:
            return self._only.pk
        if not written:
            return "The store is missing."
        number = written.casefold()
        found = self._by_number.get(number) or self._by_short.get(number.lstrip("0"))
        if found is None:
            return f"There is no store {written[:40]!r}."
        if self._only is not None and found != self._only.pk:
            return f"The row is of store {written[:40]!r}, and this feed of store {self._only.number!r} alone."
        return found


def _number(store_id: int) -> str:
    return Store.objects.values_list("number", flat=True).get(pk=store_id)
