from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from pushcart.carts.models import Cart
from pushcart.carts.one_by_one import one_by_one
from pushcart.events.record import record
from pushcart.kit import clock
from pushcart.stores.hours import deadline

if TYPE_CHECKING:
    from datetime import datetime


def remind_due(limit: int = 200) -> int:
    """Has `carts.reminded` told to the retailers of undecided carts, every half hour of store-open time; counts them.

    The event names the present document: a reminder changes nothing in it.
    """
    now = clock.now()
    due = Cart.objects.filter(remind_at__lte=now, respond_by__gt=now).order_by("remind_at")
    return len(one_by_one(_remind, list(due.values_list("pk", flat=True)[:limit])))


@transaction.atomic
def _remind(cart_id: int) -> bool:
    now = clock.now()
    carts = Cart.objects.select_for_update(of=("self",), skip_locked=True).select_related("store")
    cart = carts.filter(pk=cart_id, remind_at__lte=now, respond_by__gt=now).first()
    if cart is None or cart.remind_at is None:
        return False
    cart.remind_at = _next_reminder(cart, cart.remind_at, now)
    cart.save(update_fields=["remind_at"])
    record(
        "carts.reminded",
        companies=[cart.retailer_id],
        test=cart.test,
        cart_id=cart.pk,
        cart_hash=cart.hash,
        sequence=cart.sequence,
    )
    return True


def _next_reminder(cart: Cart, last: datetime, now: datetime) -> datetime | None:
    """None where the window closes first. What was missed while nobody worked is not made up for."""
    every = timedelta(minutes=settings.REMINDER_MINUTES)
    times = cart.store.opening_times
    following = deadline(times, last, every)
    if following is not None and following <= now:
        following = deadline(times, now, every)
    if following is None or cart.respond_by is None or following >= cart.respond_by:
        return None
    return following
