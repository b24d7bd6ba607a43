from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.feed.keep import keep
from pushcart.inventory.models import Import
from pushcart.kit import clock

if TYPE_CHECKING:
    from pushcart.companies.models import Company
    from pushcart.kit.sheets.spool import Readable
    from pushcart.stores.models import Store


def receive_feed(
    company: Company,
    stream: Readable,
    *,
    source: str,
    by: str = "",
    store: Store | None = None,
    delta: bool = False,
    force: bool = False,
) -> Import:
    """Keeps a feed's file, a piece at a time, to be read by `run_import`; see `import_feed` for what is told of it.

    Returns:
        The record: `received`, or `failed` where the file is too large or the disk has no room.
    """
    feed = Import.objects.create(
        company=company,
        source=source[:200],
        by=by[:120],
        store=store,
        mode=Import.Mode.DELTA if delta else Import.Mode.SNAPSHOT,
        force=force,
    )
    try:
        feed.bytes = keep(stream, feed.pk)
        feed.kept = True
    except FeedError as error:
        feed.state, feed.error, feed.finished_at = Import.State.FAILED, str(error)[:500], clock.now()
    except BaseException:
        # Whoever sent it went away in the middle.
        feed.state, feed.error, feed.finished_at = Import.State.FAILED, "It did not come in whole.", clock.now()
        feed.save()
        raise
    feed.save()
    return feed
