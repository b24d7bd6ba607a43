from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F

from pushcart.events.record import CHANNEL
from pushcart.kit import clock
from pushcart.webhooks.engine.fan_out import PARTS
from pushcart.webhooks.models import Cursor

if TYPE_CHECKING:
    from datetime import datetime

# What the endpoint has not come to yet needs no replay: it is on its way.
_REPLAY = f"""
WITH news AS (
    SELECT p.id AS endpoint_id, p.company_id, p.body, p.event_types,
        e.id, e.number, e.type, e.cart_id, e.sequence, e.data
    FROM companies_endpoint p
    JOIN webhooks_cursor c ON c.endpoint_id = p.id
    JOIN events_event e ON e.company_id = p.company_id AND e.test = p.test AND e.number <= c.number
    WHERE p.id = %(endpoint)s
      AND (%(uid)s::text IS NULL OR e.uid = %(uid)s)
      AND (%(first)s::bigint IS NULL OR e.number >= %(first)s)
      AND (%(last)s::bigint IS NULL OR e.number <= %(last)s)
      AND (%(since)s::timestamptz IS NULL OR e.created_at >= %(since)s)
), {PARTS}
INSERT INTO webhooks_delivery
    (endpoint_id, event_id, number, position, replay, upc, lane, state, due_at, attempts, token)
SELECT endpoint_id, id, number, position, %(replay)s, upc, lane, 'waiting', %(now)s, 0, 0
FROM parts ORDER BY number, position
"""  # noqa: S608 a fragment of our own


def replay(
    endpoint_id: int,
    *,
    uid: str | None = None,
    first: int | None = None,
    last: int | None = None,
    since: datetime | None = None,
) -> int:
    """Sends events to an endpoint once more: one, a range of its stream's numbers, or everything since a time.

    They carry the same `webhook-id` as before and go out in order, behind what is still owed. Each call is a replay
    of its own: a second one is not taken for the first.

    Args:
        endpoint_id: To which.
        uid: Of one event.
        first: The least number, inclusive.
        last: The greatest number, inclusive.
        since: The earliest moment.

    Returns:
        How many pushes that makes; 0 where no event fits, or the endpoint does not take such events.

    Raises:
        ValueError: nothing says which events.
        Cursor.DoesNotExist: no pusher has met this endpoint yet; nothing was sent that could be sent again.
    """
    if uid is None and first is None and last is None and since is None:
        raise ValueError("Say which events to send again: one, a range of numbers, or all since a time.")
    with transaction.atomic(), connection.cursor() as cursor:
        # The bookmark's row gets another version, by which a pusher that reads it just now learns that it can't see
        # what is written here.
        Cursor.objects.filter(endpoint_id=endpoint_id).update(replays=F("replays") + 1)
        turn = Cursor.objects.get(endpoint_id=endpoint_id).replays
        which = {"endpoint": endpoint_id, "uid": uid, "first": first, "last": last, "since": since}
        cursor.execute(_REPLAY, {**which, "replay": turn, "now": clock.now()})
        written: int = cursor.rowcount
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return written
