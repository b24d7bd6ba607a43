from __future__ import annotations

from django.db import connection, transaction

from pushcart.events.record import CHANNEL
from pushcart.kit import clock
from pushcart.webhooks.models import Delivery


def send_now(delivery_id: int) -> bool:
    """Has a delivery that waits for its next try tried at once. Returns False where it waits no longer."""
    with transaction.atomic(), connection.cursor() as cursor:
        waiting = Delivery.objects.filter(pk=delivery_id, state="waiting")
        found = waiting.update(due_at=clock.now()) == 1
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return found
