"""`POST /headless/api/1.0/cart/validate`: the one call that a server alone makes (contract, section 5)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.views.decorators.csrf import csrf_exempt

from pushcart.api.errors import Refused
from pushcart.api.headless.door import answer, broken, refusal
from pushcart.api.headless.validate import validate
from pushcart.api.idempotency import once
from pushcart.api.reading import body_of
from pushcart.companies.queries import key_by_secret

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pushcart.companies.models import ApiKey


@csrf_exempt  # the key is the caller's proof
def cart_validate(request: HttpRequest) -> HttpResponse:
    """POST /headless/api/1.0/cart/validate: places a basket at once."""
    try:
        return _validated(request)
    except Refused as refused:
        return refusal(refused)
    except Exception as error:  # noqa: BLE001 the last door: whatever it is, the caller gets JSON
        return broken(request, error)


def _validated(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        raise Refused(405, "method_not_allowed", "A basket is placed by POST.", headers={"Allow": "POST"})
    key = _key(request)
    return once(request, key, partial(_place, request, key))


def _place(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """Answers a body that can't be read here, so that an Idempotency-Key keeps the answer in this API's own words."""
    try:
        status, said = validate(body_of(request), key)
    except Refused as refused:
        return refusal(refused)
    return answer(said, status)


def _key(request: HttpRequest) -> ApiKey:
    secret = request.headers.get("Locally-Api-Token", "")
    key = key_by_secret(secret) if secret else None
    if key is None:
        raise Refused(401, "unauthorized", "The Locally-Api-Token header is missing, or names an unknown key.")
    return key
