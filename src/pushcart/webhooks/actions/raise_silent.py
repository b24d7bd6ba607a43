from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import close_old_connections, transaction
from django.db.models import Exists, OuterRef

from pushcart.carts.models import Cart
from pushcart.carts.placing.check import window_of
from pushcart.carts.states import HIDDEN
from pushcart.events.record import record
from pushcart.kit import clock
from pushcart.stores.hours import HoursError, deadline
from pushcart.webhooks.models import Acknowledgement, Delivery

if TYPE_CHECKING:
    from datetime import datetime

# A push that reached the endpoint has not reached the order system before that says so (contract, section 3).
PART_OF_WINDOW = 4
_NO_ANSWER = ("ordered", "cancelled", *HIDDEN)


def raise_silent(limit: int = 500) -> int:
    """Raises carts with their retailer that were pushed and neither received nor decided in a quarter of their window.

    Records `webhooks.unacknowledged` with `{"delivered": whether the endpoint took the push, "due_at"}`, once a cart.

    Returns:
        How many were raised.
    """
    close_old_connections()
    _await_new_ones(limit)
    due = Acknowledgement.objects.filter(looked_at=None, due_at__lte=clock.now()).order_by("due_at")
    return sum(_look_at(cart_id) for cart_id in due.values_list("cart_id", flat=True)[:limit])


def _await_new_ones(limit: int) -> None:
    awaited = Acknowledgement.objects.filter(cart_id=OuterRef("pk"))
    carts = Cart.objects.filter(respond_by__isnull=False, workflow=Cart.Workflow.PUSHCART)
    fresh = carts.filter(~Exists(awaited)).select_related("store").order_by("respond_by")[:limit]
    Acknowledgement.objects.bulk_create(
        [Acknowledgement(cart_id=cart.pk, due_at=_due_at(cart)) for cart in fresh], ignore_conflicts=True
    )


def _due_at(cart: Cart) -> datetime:
    """In time that the store is open, as the window itself."""
    begin, end = cart.ordered_at or cart.created_at, cart.respond_by or clock.now()
    try:
        return deadline(cart.store.opening_times, begin, window_of(cart.workflow) / PART_OF_WINDOW) or end
    except HoursError:
        # The hours were spoilt after the order was placed: then by the clock alone.
        return begin + (end - begin) / PART_OF_WINDOW


def _look_at(cart_id: int) -> bool:
    with transaction.atomic():
        waiting = Acknowledgement.objects.select_for_update(skip_locked=True)
        if not (row := waiting.filter(cart_id=cart_id, looked_at=None).first()):
            return False
        cart = Cart.objects.get(pk=cart_id)
        row.raised = cart.respond_by is not None and not (cart.lines.exclude(status__in=_NO_ANSWER).exists())
        row.looked_at = clock.now()
        row.save(update_fields=["raised", "looked_at"])
        if row.raised:
            _tell(cart, row)
    return row.raised


def _tell(cart: Cart, row: Acknowledgement) -> None:
    delivered = Delivery.objects.filter(lane=cart.pk, state="delivered", endpoint__company_id=cart.retailer_id)
    record(
        "webhooks.unacknowledged",
        companies=[cart.retailer_id],
        test=cart.test,
        cart_id=cart.pk,
        cart_hash=cart.hash,
        data={"delivered": delivered.exists(), "due_at": row.due_at.isoformat()},
    )
