from __future__ import annotations

from datetime import timedelta

from django.db import close_old_connections, transaction
from django.db.models import Exists, F, OuterRef

from pushcart.carts.models import Cart
from pushcart.companies.models import Endpoint
from pushcart.companies.queries import takes_orders
from pushcart.events.record import record
from pushcart.kit import clock
from pushcart.webhooks.models import Acknowledgement, Delivery, Handover

# An endpoint that was changed a moment ago answers its check within seconds: no reason to trouble the staff.
GRACE = timedelta(minutes=2)


def hand_over(limit: int = 500) -> int:
    """Hands orders that do not reach the retailer's own order system to the staff of their store.

    Such an order is undecided, none of its pushes has arrived, and either no endpoint of the retailer takes orders, or
    a quarter of its window has passed. Its staff get the mail of the standard workflow, with the link that decides it;
    the push goes on being tried, and whoever answers first decides. Records `webhooks.handed_over` with `{"reason"}`
    (the endpoint's state, or `not_delivered`), once a cart.

    Returns:
        How many were handed over.
    """
    close_old_connections()
    return sum(_hand_over(cart_id) for cart_id in _stuck()[:limit])


def _stuck() -> list[int]:
    mine = {"endpoint__company_id": OuterRef("retailer_id"), "endpoint__test": OuterRef("test")}
    undelivered = Cart.objects.filter(
        ~Exists(Delivery.objects.filter(lane=OuterRef("pk"), state="delivered", **mine)),
        ~Exists(Handover.objects.filter(cart_id=OuterRef("pk"))),
        respond_by__isnull=False,
        workflow=Cart.Workflow.PUSHCART,
        ordered_at__lte=clock.now() - GRACE,
    ).annotate(
        pushed_to=Exists(
            Endpoint.objects.filter(
                takes_orders(), company=OuterRef("retailer"), test=OuterRef("test"), state="working"
            )
        ),
        raised=Exists(Acknowledgement.objects.filter(cart_id=OuterRef("pk"), raised=True)),
    )
    stuck = undelivered.exclude(pushed_to=True, raised=False).order_by(F("respond_by"))
    return list(stuck.values_list("pk", flat=True))


def _hand_over(cart_id: int) -> bool:
    with transaction.atomic():
        cart = Cart.objects.select_for_update().get(pk=cart_id)
        if cart.respond_by is None or Handover.objects.filter(cart_id=cart_id).exists():
            return False
        reason = _reason(cart)
        Handover.objects.create(cart_id=cart_id, reason=reason)
        record(
            "webhooks.handed_over",
            companies=[cart.retailer_id],
            test=cart.test,
            cart_id=cart.pk,
            cart_hash=cart.hash,
            data={"reason": reason},
        )
    return True


def _reason(cart: Cart) -> str:
    states = Endpoint.objects.filter(takes_orders(), company_id=cart.retailer_id, test=cart.test).order_by("pk")
    found = list(states.values_list("state", flat=True))
    return "not_delivered" if "working" in found else found[-1] if found else "missing"
