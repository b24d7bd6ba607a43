"""GET and POST /decide/{token}: the standard workflow's signed link for a store's staff; its page comes later.

GET shows the cart and what may be said of each line; it decides nothing, because mail scanners follow links. POST takes
what the Real-time Carts API takes: `{"items": [{"upc", "status", "reason", "refund_amount", …}]}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pushcart.carts.actions.update import LineUpdate, update
from pushcart.carts.decision_link import LinkError, cart_of
from pushcart.carts.errors import CartError, IllegalTransitionError
from pushcart.carts.queries import document_of
from pushcart.kit import envelope
from pushcart.kit.bodies import BodyTooLargeError, MalformedBodyError, UnsupportedMediaTypeError, read_body
from pushcart.kit.money import MoneyError, minor

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pushcart.carts.models import Cart

_UNREADABLE: dict[type[Exception], tuple[int, str]] = {
    MalformedBodyError: (400, "malformed_body"),
    UnsupportedMediaTypeError: (415, "unsupported_media_type"),
    BodyTooLargeError: (413, "body_too_large"),
    RequestDataTooBig: (413, "body_too_large"),
}


@csrf_exempt  # the signed link is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, token: str) -> HttpResponse:
    """Shows or decides the order of a link."""
    try:
        cart = cart_of(token)
        if request.method == "POST":
            cart = update(cart.pk, _said(request, cart))
    except LinkError as error:
        return _refusal(404, "link_not_right", str(error))
    except tuple(_UNREADABLE) as error:
        status, code = _UNREADABLE[type(error)]
        return _refusal(status, code, str(error))
    except _UnclearError as error:
        return _refusal(422, "invalid_field", str(error), field=error.field)
    except CartError as error:
        status = 409 if isinstance(error, IllegalTransitionError) else 422
        return _refusal(status, error.code, str(error), field=error.field, details=error.details)
    return HttpResponse(envelope.single(document_of(cart).encode()), content_type="application/json")


class _UnclearError(ValueError):
    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(f"{field}: {message}")


def _said(request: HttpRequest, cart: Cart) -> list[LineUpdate]:
    body = read_body(request.content_type or "", request.body, b"")
    items = body.get("items")
    if not isinstance(items, list) or not items:
        raise _UnclearError("items", "a list of lines, each with its upc and status")
    return [_line(item, f"items[{place}]", cart) for place, item in enumerate(items)]


def _line(item: Any, place: str, cart: Cart) -> LineUpdate:
    if not isinstance(item, dict):
        raise _UnclearError(place, "an object with upc and status")
    refund = item.get("refund_amount")
    try:
        amount = minor(refund, cart.currency) if refund is not None else None
    except MoneyError as error:
        raise _UnclearError(f"{place}.refund_amount", str(error)) from None
    return LineUpdate(
        upc=_text(item, "upc", place),
        status=_text(item, "status", place),
        reason=_text(item, "reason", place),
        refund_amount=amount,
    )


def _text(item: dict[str, Any], name: str, place: str) -> str:
    value = item.get(name, "")
    if not isinstance(value, str):
        raise _UnclearError(f"{place}.{name}", "a text")
    return value


def _refusal(
    status: int, code: str, message: str, *, field: str | None = None, details: dict[str, Any] | None = None
) -> HttpResponse:
    body = orjson.dumps(envelope.refusal(message, code, field=field, details=details))
    return HttpResponse(body, status=status, content_type="application/json")
