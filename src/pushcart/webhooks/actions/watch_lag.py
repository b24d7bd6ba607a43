from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import close_old_connections, connection

from pushcart.companies.actions.mark_behind import mark_behind
from pushcart.kit import clock
from pushcart.webhooks.models import Lag

if TYPE_CHECKING:
    from datetime import datetime

# The oldest event of each endpoint that nobody has tried yet: of those that wait for nothing but their turn, or that no
# pusher has fanned out. What waits behind a refused push of its own cart is that cart's trouble, not the endpoint's.
_OLDEST = """
SELECT endpoint.id, stream.last, first.number, first.created_at
FROM companies_endpoint endpoint
JOIN events_stream stream ON stream.company_id = endpoint.company_id AND stream.test = endpoint.test
CROSS JOIN LATERAL (
    -- An endpoint that no pusher has met yet is owed what happened since it was made.
    SELECT coalesce(
        (SELECT number FROM webhooks_cursor WHERE endpoint_id = endpoint.id),
        (SELECT max(number) FROM events_event
         WHERE company_id = endpoint.company_id AND test = endpoint.test AND created_at < endpoint.created_at),
        0
    ) AS number
) bookmark
LEFT JOIN LATERAL (
    SELECT event.number, event.created_at FROM (
        (SELECT d.number FROM webhooks_delivery d
         WHERE d.endpoint_id = endpoint.id AND d.state = 'waiting' AND d.attempts = 0 AND d.replay = 0
           AND NOT EXISTS (SELECT FROM webhooks_delivery earlier
                           WHERE earlier.endpoint_id = d.endpoint_id AND earlier.lane = d.lane
                             AND earlier.state = 'waiting' AND earlier.attempts > 0)
         ORDER BY d.due_at, d.id LIMIT 1)
        UNION ALL
        SELECT bookmark.number + 1 WHERE bookmark.number < stream.last
    ) waits
    JOIN events_event event ON event.company_id = endpoint.company_id AND event.test = endpoint.test
        AND event.number = waits.number
    ORDER BY event.number LIMIT 1
) first ON true
WHERE endpoint.state = 'working'
ORDER BY endpoint.id
"""


def watch_lag() -> int:
    """Finds the endpoints that take orders slower than they come, and those that have caught up (admission).

    One whose oldest untried event is older than `PUSHCART_BEHIND_MINUTES` is behind: new orders go by the standard
    workflow, because the promise of PushCart's window can't be kept. It has caught up when half as much is left. What
    was not there at the last look does not count: it has had no time to be sent, whatever the clock says.

    Returns:
        How many endpoints changed.
    """
    close_old_connections()
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST)
        found: list[tuple[int, int, int | None, datetime | None]] = cursor.fetchall()
    known = Lag.objects.in_bulk()
    changed = 0
    for endpoint_id, last, number, since in found:
        before = known.get(endpoint_id)
        waited = number is not None and before is not None and number <= before.last
        changed += _judge(endpoint_id, since if waited else None)
        Lag.objects.update_or_create(endpoint_id=endpoint_id, defaults={"last": last})
    return changed


def _judge(endpoint_id: int, waiting_since: datetime | None) -> bool:
    age = clock.now() - waiting_since if waiting_since else timedelta(0)
    allowed = timedelta(minutes=settings.BEHIND_MINUTES)
    if age > allowed:
        return mark_behind(endpoint_id, since=waiting_since)
    if age <= allowed / 2:
        return mark_behind(endpoint_id, since=None)
    return False
