"""The shopper's page of an order. Its link is the proof: nobody else was given it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from pushcart.carts.actions.withdraw import withdraw
from pushcart.carts.errors import CartError
from pushcart.carts.queries import find_for_shopper
from pushcart.carts.states import HIDDEN
from pushcart.kit.ids import is_hash
from pushcart.messages.actions.post import EmptyMessageError, ThreadClosedError, post
from pushcart.messages.models import Message
from pushcart.shop.wording import order_in_words

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pushcart.carts.models import Cart


@never_cache
@require_safe
def order(request: HttpRequest, cart_hash: str, token: str) -> HttpResponse:
    """The order as it stands; with a fulfillment_url the retailer's own page of it (the announcement, 4.1)."""
    cart = _found(cart_hash, token)
    if cart.fulfillment_url:
        return HttpResponseRedirect(cart.fulfillment_url)
    return _page(request, cart)


@require_POST
def cancel(request: HttpRequest, cart_hash: str, token: str) -> HttpResponse:
    """Takes back what the store has not decided yet."""
    cart = _found(cart_hash, token)
    try:
        withdraw(cart.pk)
    except CartError:
        return _page(request, cart, trouble="The store was faster: it has decided your order.", status=409)
    return redirect("order", cart_hash=cart.hash, token=token)


@require_POST
def write(request: HttpRequest, cart_hash: str, token: str) -> HttpResponse:
    """Writes to the store, in the order's thread."""
    cart = _found(cart_hash, token)
    try:
        post(cart.pk, author=Message.Author.SHOPPER, text=request.POST.get("text", ""))
    except EmptyMessageError as error:
        return _page(request, cart, trouble=str(error), status=422)
    except ThreadClosedError as error:
        return _page(request, cart, trouble=str(error), status=409)
    return redirect("order", cart_hash=cart.hash, token=token)


def _found(cart_hash: str, token: str) -> Cart:
    cart = find_for_shopper(cart_hash, token) if is_hash(cart_hash) else None
    if cart is None:
        raise Http404("There is no such order, or the link was not copied whole.")
    return cart


def _page(request: HttpRequest, cart: Cart, *, trouble: str = "", status: int = 200) -> HttpResponse:
    lines = [line for line in cart.lines.order_by("position") if line.status not in HIDDEN]
    context = {
        "cart": cart,
        "trouble": trouble,
        "told": order_in_words(cart, lines),
        "thread": Message.objects.filter(cart=cart).order_by("written_at", "pk"),
    }
    return render(request, "shop/order.html", context, status=status)
