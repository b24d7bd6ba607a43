from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction

from pushcart.kit import clock

BATCH = 2_000
# Each ten seconds: as many as are made in that time at 8,000 pushes a second.
_BATCHES_AT_A_TIME = 40

# What is still owed keeps its attempts, however old.
_ATTEMPTS = """
DELETE FROM webhooks_attempt WHERE id IN (
    SELECT old.id FROM companies_endpoint p CROSS JOIN LATERAL (
        SELECT a.id FROM webhooks_attempt a
        WHERE a.endpoint_id = p.id AND a.at < %(before)s
          AND NOT EXISTS (SELECT FROM webhooks_delivery d WHERE d.id = a.delivery_id AND d.state = 'waiting')
        ORDER BY a.at LIMIT %(batch)s
    ) old
    LIMIT %(batch)s
)
RETURNING delivery_id
"""

# With its last attempt a delivery goes.
_DELIVERIES = """
DELETE FROM webhooks_delivery d
WHERE d.id = ANY (%(deliveries)s) AND d.state <> 'waiting'
  AND NOT EXISTS (SELECT FROM webhooks_attempt a WHERE a.delivery_id = d.id)
"""

# What was left out was mostly never tried; `due_at` is then when that was decided.
_LEFT_OUT = """
DELETE FROM webhooks_delivery WHERE id IN (
    SELECT d.id FROM webhooks_delivery d
    WHERE d.state IN ('folded', 'unwanted') AND d.due_at < %(before)s
      AND NOT EXISTS (SELECT FROM webhooks_attempt a WHERE a.delivery_id = d.id)
    ORDER BY d.due_at LIMIT %(batch)s
)
"""


def forget_attempts() -> int:
    """Removes attempts that are older than `WEBHOOK_KEEP_DAYS`, and the finished deliveries that they were of.

    Deliveries that were left out (folded, unwanted) go when they are as old. In small batches, each a transaction of
    its own. Nothing that is still owed is touched; events stay for good, so the events feed, the digest and replays
    lack nothing.

    Returns:
        How many attempts and untried deliveries were removed; what is left is the next call's.
    """
    removed = 0
    for _ in range(_BATCHES_AT_A_TIME):
        count = _forget_some()
        removed += count
        if count < BATCH:
            break
    return removed


def _forget_some() -> int:
    before = clock.now() - timedelta(days=settings.WEBHOOK_KEEP_DAYS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ATTEMPTS, {"before": before, "batch": BATCH})
        deliveries = [delivery_id for (delivery_id,) in cursor.fetchall()]
        cursor.execute(_DELIVERIES, {"deliveries": sorted({each for each in deliveries if each is not None})})
        cursor.execute(_LEFT_OUT, {"before": before, "batch": BATCH})
        left_out: int = cursor.rowcount
    return len(deliveries) + left_out
