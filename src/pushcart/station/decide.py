"""GET and POST /decide/{token}: the standard workflow's signed link for a store's staff.

GET shows the cart and what may be said of each line; it decides nothing, because mail scanners follow links. POST takes
what the Real-time Carts API takes: `{"items": [{"upc", "status", "reason", "refund_amount", "refund_qty", …}]}`. A
browser gets a page of the same (`decide_page`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pushcart.carts.actions.update import update
from pushcart.carts.decision_link import LinkError, cart_of
from pushcart.carts.errors import CartError
from pushcart.carts.queries import document_of
from pushcart.carts.refusal import refusal_of
from pushcart.carts.said import BulkUpdateIn, of_items
from pushcart.kit import envelope
from pushcart.kit.bodies import BodyTooLargeError, MalformedBodyError, UnsupportedMediaTypeError, read_body
from pushcart.kit.checked import InvalidFieldError, checked
from pushcart.station import decide_page

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pushcart.carts.actions.update import LineUpdate
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
    page = decide_page.is_wanted(request)
    try:
        cart = cart_of(token)
    except LinkError as error:
        if page:
            return decide_page.no_page(request, str(error))
        return _refusal(404, "link_not_right", str(error))
    if page:
        return (decide_page.act if request.method == "POST" else decide_page.show)(request, cart)
    return _answered(request, cart)


def _answered(request: HttpRequest, cart: Cart) -> HttpResponse:
    try:
        if request.method == "POST":
            cart = update(cart.pk, _said(request, cart))
    except tuple(_UNREADABLE) as error:
        status, code = _UNREADABLE[type(error)]
        return _refusal(status, code, str(error))
    except InvalidFieldError as error:
        return _refusal(422, "invalid_field", str(error), field=error.field, details=error.details)
    except CartError as error:
        refused = refusal_of(error)
        return _answer(refused.status, refused.body, refused.headers)
    return HttpResponse(envelope.single(document_of(cart).encode()), content_type="application/json")


def _said(request: HttpRequest, cart: Cart) -> list[LineUpdate]:
    body = read_body(request.content_type or "", request.body, b"")
    return of_items(cart, checked(BulkUpdateIn, body).items)


def _refusal(
    status: int, code: str, message: str, *, field: str | None = None, details: dict[str, Any] | None = None
) -> HttpResponse:
    return _answer(status, envelope.refusal(message, code, field=field, details=details))


def _answer(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), status=status, content_type="application/json", headers=headers)
