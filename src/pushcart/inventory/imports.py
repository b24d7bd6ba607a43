"""What became of feeds, as the API and the owner's page tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.inventory.feed.keep import report_of
from pushcart.inventory.feed.report import as_csv
from pushcart.inventory.models import Import

if TYPE_CHECKING:
    from typing import IO

    from django.db.models import QuerySet

_LARGEST_ID = 2**63 - 1
_MESSAGES = {
    Import.State.RECEIVED: "It is kept, and will be read.",
    Import.State.RUNNING: "It is being read.",
    Import.State.HELD: "It waits for a person's word.",
    Import.State.DONE: "It is in force.",
    Import.State.DISCARDED: "It was discarded.",
    Import.State.FAILED: "It could not be used.",
}


def imports_of(company_id: int) -> QuerySet[Import]:
    """A company's feeds, whatever way they came, the newest first."""
    return Import.objects.filter(company_id=company_id).order_by("-pk")


def import_of(company_id: int, import_id: int) -> Import | None:
    """One of them; None where it is none of this company's."""
    return imports_of(company_id).filter(pk=import_id).first() if 0 <= import_id <= _LARGEST_ID else None


def message_of(feed: Import) -> str:
    """A sentence for people: how it stands, or what was wrong with it."""
    return feed.error or _MESSAGES[Import.State(feed.state)]


def report_csv(feed: Import) -> IO[bytes] | str:
    """Columns line, what (refused, repaired) and cause: a file while it is kept, afterwards what its record keeps."""
    kept = report_of(feed.pk)
    return kept.open("rb") if kept.exists() else as_csv(feed)
