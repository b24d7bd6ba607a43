"""The headless API's door: who calls, what the body says, and answers in its own envelope (contract, section 5)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from pushcart.api.errors import Refused
from pushcart.api.headless.validate import NOT_AUTHORIZED, validate
from pushcart.api.idempotency import once
from pushcart.api.reading import body_of
from pushcart.companies.queries import key_by_secret
from pushcart.kit import ids

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pushcart.companies.models import ApiKey

_log = structlog.get_logger()
# The live service's number of a failure of its own; its message begins so and brings a number to look it up by.
SERVER_ERROR = 1000


@csrf_exempt  # the key is the caller's proof
def cart_validate(request: HttpRequest) -> HttpResponse:
    """POST /headless/api/1.0/cart/validate: places a basket at once."""
    try:
        return _validated(request)
    except Refused as refused:
        return _refusal(refused)
    except Exception as error:  # noqa: BLE001 the last door: whatever it is, the caller gets JSON
        return _broken(request, error)


def _validated(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        raise Refused(405, "method_not_allowed", "A basket is placed by POST.", headers={"Allow": "POST"})
    key = _key(request)
    return once(request, key, partial(_place, request, key))


def _place(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """Answers a body that can't be read here, so that an Idempotency-Key keeps the answer in this API's own words."""
    try:
        status, answer = validate(body_of(request), key)
    except Refused as refused:
        return _refusal(refused)
    return _json(answer, status)


def _key(request: HttpRequest) -> ApiKey:
    secret = request.headers.get("Locally-Api-Token", "")
    key = key_by_secret(secret) if secret else None
    if key is None:
        raise Refused(401, "unauthorized", "The Locally-Api-Token header is missing, or names an unknown key.")
    return key


def _refusal(refused: Refused) -> HttpResponse:
    number = NOT_AUTHORIZED if refused.status in {401, 403} else refused.status
    body = {"success": False, "msg": refused.body["message"], "error_code": number}
    return _json(body, refused.status, headers=refused.headers)


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    number = ids.short_hash()
    _log.error("headless.failed", path=request.path, number=number, exc_info=error)
    return _json({"success": False, "msg": f"App server error {number}", "error_code": SERVER_ERROR}, 500)


def _json(body: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(body, option=orjson.OPT_UTC_Z), status=status, content_type="application/json", headers=headers
    )
