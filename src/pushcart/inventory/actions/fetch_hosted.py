from __future__ import annotations

import tempfile
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from pushcart.events.record import record
from pushcart.inventory.actions.host_feed import USE
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.inventory.models import HostedFeed, Import
from pushcart.kit import clock, crypto
from pushcart.kit.crypto import SealBrokenError
from pushcart.kit.fetch import FetchError, fetch

if TYPE_CHECKING:
    from typing import BinaryIO

SECONDS = 30 * 60
MOST_BYTES = 2_000_000_000
# A server may be down for a moment without anybody being told.
TOLD_AFTER = 3
_FIRST_PAUSE = timedelta(minutes=5)


def fetch_hosted(hosted_id: int) -> HostedFeed:
    """Fetches a hosted feed and takes it in, unless its server says that it has not changed.

    An unchanged file is no new word on the stock: its age goes on (the announcement, 1). After three failures in a row
    `inventory.source_failing` is recorded with `{hosted_id, url, error}`, and `inventory.source_working` when it is
    back.
    """
    hosted = HostedFeed.objects.select_related("company", "store").get(pk=hosted_id)
    # Whatever happens to this process, it is not asked for again at once.
    hosted.due_at = clock.now() + _FIRST_PAUSE
    hosted.save(update_fields=["due_at"])
    with tempfile.TemporaryFile() as file:
        try:
            changed = _fetch(hosted, file)
        except (FetchError, SealBrokenError) as error:
            return _failed(hosted, str(error))
        if changed:
            file.seek(0)
            delta = hosted.mode == Import.Mode.DELTA
            hosted.last_import = import_feed(
                hosted.company, file, source=hosted.url, by="timetable", store=hosted.store, delta=delta
            )
    return _worked(hosted)


def _fetch(hosted: HostedFeed, file: BinaryIO) -> bool:
    """Whether something new came; what tells its version is noted."""
    asked = {"If-None-Match": hosted.etag, "If-Modified-Since": hosted.last_modified}
    credentials = crypto.unseal(hosted.sealed_credentials, use=USE) if hosted.sealed_credentials else ""
    fetched = fetch(
        hosted.url,
        file,
        allow=settings.WEBHOOK_ALLOW,
        most_bytes=MOST_BYTES,
        seconds=SECONDS,
        headers={name: value for name, value in asked.items() if value},
        credentials=credentials,
    )
    if fetched.modified:
        hosted.etag, hosted.last_modified = fetched.etag[:300], fetched.last_modified[:60]
    return fetched.modified


def _worked(hosted: HostedFeed) -> HostedFeed:
    """A file that could be read but not used is its import's trouble: the same file would fail again."""
    back = hosted.failures >= TOLD_AFTER
    failed = hosted.last_import is not None and hosted.last_import.state == Import.State.FAILED
    hosted.failures, hosted.error = 0, hosted.last_import.error[:300] if failed and hosted.last_import else ""
    hosted.due_at = clock.now() + timedelta(minutes=hosted.every_minutes)
    return _write(hosted, "inventory.source_working" if back else "")


def _failed(hosted: HostedFeed, error: str) -> HostedFeed:
    hosted.failures += 1
    hosted.error = error[:300]
    pause = _FIRST_PAUSE * 2 ** min(hosted.failures - 1, 10)
    hosted.due_at = clock.now() + min(pause, timedelta(minutes=hosted.every_minutes))
    return _write(hosted, "inventory.source_failing" if hosted.failures == TOLD_AFTER else "")


def _write(hosted: HostedFeed, event: str) -> HostedFeed:
    hosted.fetched_at = clock.now()
    with transaction.atomic():
        hosted.save(update_fields=["etag", "last_modified", "fetched_at", "failures", "error", "last_import", "due_at"])
        if event:
            data = {"hosted_id": hosted.pk, "url": hosted.url, "error": hosted.error}
            record(event, companies=[hosted.company_id], data=data)
    return hosted
