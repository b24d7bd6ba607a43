from __future__ import annotations

import hashlib
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Any

from pushcart.inventory.actions.renew_changed import renew_changed
from pushcart.inventory.actions.renew_unchanged import renew_unchanged
from pushcart.inventory.feed.changes import Change, changes
from pushcart.inventory.feed.keep import kept
from pushcart.inventory.models import Freshness, Import
from pushcart.inventory.side_by_side import side_by_side
from pushcart.kit.prices import Decimals

if TYPE_CHECKING:
    from pushcart.inventory.feed.places import Places


def renew_alike(feed: Import, places: Places) -> int | None:
    """Takes in a snapshot by what it says otherwise than the last one did, and returns its rows.

    Of a file that is the last one byte for byte nothing is read at all; of one that is nearly the last one, the lines
    that differ. Each store changes in one transaction, as it does by `apply_parts`, with the same outcome.

    Returns:
        None where the file has to be read whole: stores that have it by now are in `applied`.
    """
    last = _last(feed, places)
    if last is None:
        return None
    if last.sha256 == feed.sha256:
        whole, rows = _renew_unchanged(feed, last), last.rows
    else:
        told = changes(
            last,
            feed,
            currency=feed.company.currency,
            place=places.of,
            decimals=_decimals(last),
        )
        if told is None:
            return None
        whole, rows = _renew_changed(feed, last, told.stores), last.rows + told.rows
    feed.refresh_from_db(fields=["applied"])
    if not whole:
        return None
    Import.objects.filter(pk=feed.pk).update(read_as=last.read_as)
    return rows


def read_as(places: Places, decimals: Decimals, currency: str) -> dict[str, Any]:
    """How a file was read: what the same lines mean the same by."""
    version = metadata.version("pushcart")
    return {
        "by": hashlib.sha256(repr((version, currency, places.words)).encode()).hexdigest(),
        "decimals": list(decimals),
    }


def _last(feed: Import, places: Places) -> Import | None:
    """The snapshot that is still all that was told of its stores, and was read as this one is; else none."""
    if feed.mode != Import.Mode.SNAPSHOT:
        return None
    snapshots = Import.objects.filter(company=feed.company, store=feed.store, mode=feed.mode, pk__lt=feed.pk)
    last = snapshots.filter(state=Import.State.DONE).order_by("-pk").first()
    if last is None or last.read_as is None or not last.kept or not kept(last.pk).exists():
        return None
    alike = read_as(places, _decimals(last), feed.company.currency)
    stands = Freshness.objects.filter(store_id__in=last.named, snapshot=last.pk, digest__isnull=False)
    renewed = stands.exclude(store_id__in=feed.applied).count() + len(feed.applied)
    return last if alike == last.read_as and renewed == len(last.named) else None


def _decimals(last: Import) -> Decimals:
    told = last.read_as or {}
    return Decimals(*told["decimals"])


def _renew_unchanged(feed: Import, last: Import) -> bool:
    Import.objects.filter(pk=feed.pk).update(rows=last.rows, stores=last.stores, named=last.named)
    todo = Freshness.objects.filter(store_id__in=last.named, snapshot=last.pk, digest__isnull=False)
    digests = {row.store_id: bytes(row.digest or b"") for row in todo}
    return len(renew_unchanged(feed, digests)) + len(feed.applied) == len(last.named)


def _renew_changed(feed: Import, last: Import, told: dict[int, Change]) -> bool:
    Import.objects.filter(pk=feed.pk).update(rows=last.rows, stores=last.stores, named=last.named)
    if told.keys() - set(last.named):
        return False
    todo = {store_id: told.get(store_id, Change()) for store_id in last.named if store_id not in feed.applied}
    return all(side_by_side(partial(renew_changed, feed, last), todo, rows=lambda change: change.rows))
