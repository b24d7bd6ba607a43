"""The page behind the staff's link, for browsers: the order, its buttons, and the thread with the shopper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render

from pushcart.carts.actions.update import update
from pushcart.carts.errors import CartError
from pushcart.carts.moves import allowed
from pushcart.carts.refusal import refusal_of
from pushcart.carts.said import BulkUpdateIn, of_items
from pushcart.kit.checked import InvalidFieldError, checked
from pushcart.messages.actions.post import EmptyMessageError, ThreadClosedError, post
from pushcart.messages.models import Message
from pushcart.station.order_shown import shown

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pushcart.carts.models import Cart

_MESSAGE = "message"


def is_wanted(request: HttpRequest) -> bool:
    """Whether a browser asks; programs get the API's answers."""
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def show(request: HttpRequest, cart: Cart, *, trouble: str = "", status: int = 200) -> HttpResponse:
    """The order as it stands."""
    context = {
        "cart": cart,
        "told": shown(cart, list(cart.lines.order_by("position"))),
        "thread": Message.objects.filter(cart=cart).order_by("written_at", "pk"),
        "trouble": trouble,
    }
    return render(request, "station/decide.html", context, status=status)


def act(request: HttpRequest, cart: Cart) -> HttpResponse:
    """Does what a button says, and shows the order anew; or why that can't be."""
    try:
        if request.POST.get("do") == _MESSAGE:
            post(cart.pk, author=Message.Author.STORE, text=request.POST.get("text", ""))
        else:
            _decide(request, cart)
    except (InvalidFieldError, EmptyMessageError) as error:
        return show(request, cart, trouble=_in_words(error), status=422)
    except ThreadClosedError as error:
        return show(request, cart, trouble=str(error), status=409)
    except CartError as error:
        cart.refresh_from_db()
        return show(request, cart, trouble=str(error), status=refusal_of(error).status)
    return redirect(request.path)


def no_page(request: HttpRequest, trouble: str) -> HttpResponse:
    return render(request, "station/no_setup.html", {"title": "Order", "trouble": trouble}, status=404)


def _decide(request: HttpRequest, cart: Cart) -> None:
    """Of one line, or of all of which it may be said."""
    word, upc = request.POST.get("do", ""), request.POST.get("upc")
    lines = [line for line in cart.lines.order_by("position") if line.upc == upc or (not upc and word in allowed(line))]
    said = {"status": word, "reason": request.POST.get("reason", "").strip()}
    if "refund_amount" in request.POST:
        said["refund_amount"] = request.POST["refund_amount"].strip().replace(",", ".")
    items = [{**said, "upc": line.upc} for line in lines] or [{**said, "upc": upc or ""}]
    update(cart.pk, of_items(cart, checked(BulkUpdateIn, {"items": items}).items))


def _in_words(error: InvalidFieldError | EmptyMessageError) -> str:
    if isinstance(error, InvalidFieldError) and error.field and error.field.endswith("refund_amount"):
        return "How much is given back? Write an amount, as in 12.50."
    return str(error)
