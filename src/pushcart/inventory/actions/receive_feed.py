from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.inventory import lock
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.feed.keep import keep
from pushcart.inventory.models import Import
from pushcart.kit import clock

if TYPE_CHECKING:
    from pushcart.companies.models import Company
    from pushcart.kit.sheets.spool import Readable
    from pushcart.stores.models import Store

NOT_WHOLE = "It did not come in whole."


def receive_feed(
    company: Company,
    stream: Readable,
    *,
    source: str,
    by: str = "",
    store: Store | None = None,
    delta: bool = False,
    force: bool = False,
    dropped: str = "",
) -> Import:
    """Keeps a feed's file, a piece at a time, to be read by `run_import`; see `import_feed` for what is told of it.

    Args:
        company: Here and below as for `import_feed`.
        stream: Likewise.
        source: Likewise.
        by: Likewise.
        store: Likewise.
        delta: Likewise.
        force: Likewise.
        dropped: Of a file of the drop folder: its key.

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
        dropped=dropped,
    )
    # As long as this process lives, the feed is on its way; what is left of it after that is swept away.
    with lock.reading(feed.pk):
        try:
            feed.bytes, feed.sha256 = keep(stream, feed.pk)
            feed.kept = True
        except FeedError as error:
            feed.state, feed.error, feed.finished_at = Import.State.FAILED, str(error)[:500], clock.now()
        except BaseException:
            # Whoever sent it went away in the middle. A dropped file is still there and comes again.
            feed.state, feed.error, feed.finished_at = Import.State.FAILED, NOT_WHOLE, clock.now()
            feed.dropped = ""
            feed.save()
            raise
        feed.save()
    return feed
