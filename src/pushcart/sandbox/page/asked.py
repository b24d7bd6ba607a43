"""What the page's buttons send, and what they get: `{"said": a sentence, "entry": a line of the wire or null}`."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import JsonResponse
from django.views.decorators.http import require_POST

from pushcart.kit import clock
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase


class CannotError(Exception):
    """What was asked for can't be done; the message says why."""


def button(act: Callable[[HttpRequest], JsonResponse]) -> Callable[[HttpRequest], HttpResponseBase]:
    """A view behind a button of the page."""

    @require_POST
    @wraps(act)
    def view(request: HttpRequest) -> JsonResponse:
        try:
            return act(request)
        except CannotError as error:
            return JsonResponse({"said": str(error), "entry": None}, status=409)

    return view


def done(said: str, *, entry: dict[str, Any] | None = None, status: int = 200) -> JsonResponse:
    return JsonResponse({"said": said, "entry": entry}, status=status)


def entry(kind: str, text: str, *, cart: str = "", more: str = "", good: bool = True) -> dict[str, Any]:
    """A line of the wire: who or what, when, about which order, a sentence and what can be unfolded."""
    return {"kind": kind, "at": clock.now().isoformat(), "cart": cart, "text": text, "more": more, "good": good}


def chosen_store(request: HttpRequest) -> Store:
    """The store that is chosen on the page.

    Raises:
        CannotError: there is no such store.
    """
    number = request.POST.get("store", "")
    store = Store.objects.select_related("company").filter(pk=int(number)).first() if number.isdecimal() else None
    if store is None:
        raise CannotError("Choose a store of the network first.")
    return store
