from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.companies.models import Endpoint
from pushcart.events.record import record

if TYPE_CHECKING:
    from datetime import datetime


def mark_behind(endpoint_id: int, *, since: datetime | None) -> bool:
    """Notes that a working endpoint takes events slower than they come, or (None) that it has caught up.

    Records `companies.endpoint_behind` or `companies.endpoint_caught_up`. Returns whether that is news.
    """
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
        if endpoint.state != Endpoint.State.WORKING or (endpoint.behind_since is None) == (since is None):
            return False
        endpoint.behind_since = since
        endpoint.save(update_fields=["behind_since"])
        record(
            "companies.endpoint_behind" if since else "companies.endpoint_caught_up",
            companies=[endpoint.company_id],
            test=endpoint.test,
            data={
                "endpoint_id": endpoint.pk,
                "url": endpoint.url,
                "waiting_since": since.isoformat() if since else None,
            },
        )
    return True
