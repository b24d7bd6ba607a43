"""What the pusher does to endpoints, by the actions that everybody uses: one transaction of Django's each."""

from __future__ import annotations

from django.db import close_old_connections, transaction

from pushcart.companies.actions.move_endpoint import move_endpoint
from pushcart.events.record import record
from pushcart.webhooks.models import Delivery, GivenUp


def set_working(endpoint_id: int, url: str) -> bool:
    """It answered its check."""
    close_old_connections()
    return move_endpoint(endpoint_id, "working", only_from=("unchecked", "failing"), only_url=url)


def set_failing(endpoint_id: int, url: str, error: str) -> bool:
    """It has not taken a push for a while, and does not answer a check either."""
    close_old_connections()
    reason = f"It does not answer: {error}."
    return move_endpoint(endpoint_id, "failing", reason=reason, only_from=("working",), only_url=url)


def stop(endpoint_id: int, url: str) -> bool:
    """It answered 410 Gone at this URL."""
    close_old_connections()
    live = ("unchecked", "working", "failing")
    return move_endpoint(endpoint_id, "stopped", reason="It answered 410 Gone.", only_from=live, only_url=url)


def tell_given_up(delivery_id: int) -> None:
    """Tells the owner, once, of an event that was refused for as long as one is tried. It stands in the events feed."""
    close_old_connections()
    with transaction.atomic():
        untold, _ = GivenUp.objects.filter(pk=delivery_id).delete()
        delivery = Delivery.objects.select_related("endpoint", "event").filter(pk=delivery_id).first()
        if not untold or delivery is None:
            return
        event = delivery.event
        record(
            "webhooks.given_up",
            companies=[delivery.endpoint.company_id],
            test=delivery.endpoint.test,
            cart_id=event.cart_id,
            cart_hash=event.cart_hash,
            data={"endpoint_id": delivery.endpoint_id, "event": event.uid, "type": event.type},
        )
