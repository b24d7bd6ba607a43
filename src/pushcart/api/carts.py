"""POST /api/v2/cart/{cart_hash}/{upc} and POST /api/v2/cart/{cart_hash}: what a retailer decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.http import HttpResponse
from ninja import Router

from pushcart.api.authentication import must_be_retailer
from pushcart.api.errors import Refused, of_cart, refusing_fields
from pushcart.api.idempotency import once
from pushcart.api.openapi import REFUSALS, UPDATE_HEADERS, body_in_any_form
from pushcart.api.reading import asked, if_match
from pushcart.api.schemas import CartAnswer
from pushcart.carts.actions.update import update
from pushcart.carts.errors import CartError, StaleSequenceError
from pushcart.carts.queries import document_of, find_for_retailer
from pushcart.carts.said import BulkUpdateIn, LineUpdateIn, of_items, of_line
from pushcart.kit import envelope, traces
from pushcart.kit.ids import is_hash

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pushcart.carts.actions.update import LineUpdate
    from pushcart.carts.models import Cart

router = Router(tags=["Carts"])


@router.post(
    "/cart/{cart_hash}/{upc}",
    response={200: CartAnswer, **REFUSALS},
    summary="Decide one line",
    operation_id="update_line",
    openapi_extra={**body_in_any_form(LineUpdateIn), **UPDATE_HEADERS},
)
def update_line(request: HttpRequest, cart_hash: str, upc: str) -> HttpResponse:
    """Says of one line that it is received, confirmed, rejected, fulfilled or to be refunded.

    Saying again what already holds answers 200 and changes nothing.
    """

    def act() -> HttpResponse:
        cart = _cart(request, cart_hash)
        said = asked(LineUpdateIn, request)
        with refusing_fields():
            updates = [of_line(cart, upc, said, key=_key(request))]
        return _decide(request, cart, updates)

    return once(request, request.auth, act)  # type: ignore[attr-defined]  # ninja sets it


@router.post(
    "/cart/{cart_hash}",
    response={200: CartAnswer, **REFUSALS},
    summary="Decide several lines, all or none",
    operation_id="update_cart",
    openapi_extra={**body_in_any_form(BulkUpdateIn), **UPDATE_HEADERS},
)
def update_cart(request: HttpRequest, cart_hash: str) -> HttpResponse:
    """Says as much of several lines at once. One line refused, and none is changed."""

    def act() -> HttpResponse:
        cart = _cart(request, cart_hash)
        said = asked(BulkUpdateIn, request)
        with refusing_fields():
            updates = of_items(cart, said.items, key=_key(request))
        return _decide(request, cart, updates)

    return once(request, request.auth, act)  # type: ignore[attr-defined]


def _cart(request: Any, cart_hash: str) -> Cart:
    must_be_retailer(request.auth)
    known = is_hash(cart_hash)
    cart = find_for_retailer(cart_hash, company_id=request.auth.company_id, test=request.auth.test) if known else None
    if cart is None:
        raise Refused(404, "cart_not_found", "There is no such cart, or this key has no access to it.")
    traces.describe(**{"pushcart.cart": cart.hash})
    return cart


def _key(request: Any) -> str | None:
    """The caller's key for this request, which is another caller's as well."""
    said = request.headers.get("Idempotency-Key")
    return f"{request.auth.pk}:{said}" if said else None


def _decide(request: HttpRequest, cart: Cart, updates: list[LineUpdate]) -> HttpResponse:
    try:
        now = update(cart.pk, updates, if_match=if_match(request))
    except StaleSequenceError as error:
        cart.refresh_from_db()  # whoever was quicker has written it since
        error.details["cart"] = orjson.Fragment(document_of(cart).encode())
        raise of_cart(error) from None
    except CartError as error:
        raise of_cart(error) from None
    body = envelope.single(document_of(now).encode())
    return HttpResponse(body, content_type="application/json", headers={"ETag": f'"{now.sequence}"'})
