"""A store's staff at work on the link in their mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from pushcart.carts.decision_link import decision_url
from pushcart.carts.models import Cart
from pushcart.carts.states import UNDECIDED
from pushcart.sandbox.page.asked import CannotError, button, done, entry

if TYPE_CHECKING:
    from django.http import HttpRequest, JsonResponse

_SAID = {
    "confirmed": {"status": "confirmed"},
    "rejected": {"status": "rejected", "reason": "We could not find it on the shelf."},
}


@button
def decide(request: HttpRequest) -> JsonResponse:
    """`cart` is an order's hash, `status` is `confirmed` or `rejected`: said of every line that is not decided."""
    cart = Cart.objects.filter(hash=request.POST.get("cart", ""), ordered_at__isnull=False).first()
    said = _SAID.get(request.POST.get("status", ""))
    if cart is None or said is None:
        raise CannotError("There is no such order, or nothing of the kind can be said of it.")
    undecided = cart.lines.filter(status__in=UNDECIDED).values_list("upc", flat=True)
    items = [{"upc": upc, **said} for upc in undecided]
    answer = httpx.post(decision_url(cart), json={"items": items}, timeout=60, trust_env=False)
    if not answer.is_success:
        raise CannotError(f"PushCart said no: {answer.json()['message']}")
    told = f"POST /decide/…: {said['status']} → {answer.status_code}"
    return done(
        f"The staff have {said['status']} order {cart.hash}.",
        entry=entry("staff", told, cart=cart.hash, more=answer.text),
    )
