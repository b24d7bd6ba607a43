from __future__ import annotations

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from pushcart.events.record import CHANNEL
from pushcart.kit import clock
from pushcart.webhooks.models import Delivery


def send_now(delivery_id: int) -> bool:
    """Has a delivery that waits for its next try tried at once.

    Returns:
        False, and nothing was changed, where that can't be: it waits no longer or is on its way just now, an earlier
        one of its lane goes first, or its endpoint takes no pushes.
    """
    earlier = Delivery.objects.filter(
        endpoint=OuterRef("endpoint"), lane=OuterRef("lane"), state="waiting", pk__lt=OuterRef("pk")
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # Under its lock: a result that is being written has its say first.
        waiting = Delivery.objects.select_for_update(of=("self",)).filter(
            Q(lease_until=None) | Q(lease_until__lt=Now()),
            ~Exists(earlier),
            pk=delivery_id,
            state="waiting",
            endpoint__state="working",
        )
        found = waiting.first() is not None
        if found:
            Delivery.objects.filter(pk=delivery_id).update(due_at=clock.now())
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return found
