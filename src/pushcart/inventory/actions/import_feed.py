from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.inventory.actions.receive_feed import receive_feed
from pushcart.inventory.actions.run_import import run_import
from pushcart.inventory.models import Import

if TYPE_CHECKING:
    from pushcart.companies.models import Company
    from pushcart.kit.sheets.spool import Readable
    from pushcart.stores.models import Store


def import_feed(
    company: Company,
    stream: Readable,
    *,
    source: str,
    by: str = "",
    store: Store | None = None,
    delta: bool = False,
    force: bool = False,
) -> Import:
    """Takes in a feed: what stands on the shelves of each store that it names, `upc,qty,price` and perhaps `store`.

    Its file is kept and read whole first; then each store changes in a transaction of its own. Rows that can't be
    used are set aside, with line and cause, and the rest goes in: a product of which only the quantity or the price
    could not be read stays as it is. Eligibility is renewed by whoever calls, or by the timetable.

    Args:
        company: Whose feed it is.
        stream: The file, open for bytes: text of any separator and encoding, a workbook, or either as .gz. It is read
            once, from where it stands.
        source: Where it came from, for people.
        by: Who brought it, for people.
        store: The one store that it tells of; a row that names another is set aside. None: the file says which.
        delta: It tells what changed; else all that the stores have, and what it leaves out is out of stock.
        force: Somebody has looked: it counts even where it empties a store.

    Returns:
        The record: `done`, `held` (a part waits for `release_feed`) or `failed` (`error` says why; no stock changed,
        unless it broke off between two stores: then `error` says which have it).
    """
    feed = receive_feed(company, stream, source=source, by=by, store=store, delta=delta, force=force)
    return run_import(feed.pk) if feed.state == Import.State.RECEIVED else feed
