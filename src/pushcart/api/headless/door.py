"""The headless API's door: who calls, in which session, what is said, and answers in its envelope (contract, 5).

`{"success": true, "data": …}`, or with HTTP 200 too `{"success": false, "msg", "error_code"}`, which is what the public
SDK reads best; 4xx where the call itself is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
import structlog
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel, ValidationError

from pushcart.api.errors import Refused
from pushcart.api.headless.caller import caller_of
from pushcart.api.headless.faults import faults_of
from pushcart.api.headless.numbers import NO_ACCESS, NOT_AUTHORIZED, SERVER_ERROR
from pushcart.api.reading import body_of
from pushcart.kit import ids
from pushcart.visits import session_id
from pushcart.visits.change import changing
from pushcart.visits.queries import find

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from django.http import HttpRequest

    from pushcart.api.headless.caller import Caller
    from pushcart.visits.models import Visit

Asked = TypeVar("Asked", bound=BaseModel)
_log = structlog.get_logger()
SESSION = "Locally-Api-Session-Id"


class SoftError(Exception):
    """What was asked can't be, though the call was right; the message is a sentence for people."""

    def __init__(self, message: str, number: int, **data: Any) -> None:
        self.number, self.data = number, data
        super().__init__(message)


@dataclass(frozen=True)
class Call:
    """One call of a brand's server or of a page of its site.

    Attributes:
        said: From the query or the body, texts for the most part.
        session: The id of the session: the one that was sent, or where that was none of ours a new one.
    """

    caller: Caller
    said: dict[str, Any]
    session: str

    def asked(self, schema: type[Asked]) -> Asked:
        """What was said, checked; raises `ValidationError`, which the door answers with 422."""
        return schema.model_validate(self.said)

    def visit(self) -> Visit | None:
        """What is kept of the session, to be read."""
        return find(self.session, self.caller.company, test=self.caller.test)

    def changing(self) -> AbstractContextManager[Visit]:
        """The session's visit, locked, to be changed."""
        return changing(self.session, self.caller.company, test=self.caller.test)


def door(
    *methods: str,
) -> Callable[[Callable[..., dict[str, Any]]], Callable[..., HttpResponse]]:
    """Makes a view of `act(call, **of the path) -> data` for these methods."""

    def made(act: Callable[..., dict[str, Any]]) -> Callable[..., HttpResponse]:
        @csrf_exempt  # no cookie proves anything here
        @wraps(act)
        def view(request: HttpRequest, **of_path: str) -> HttpResponse:
            try:
                return _answered(act, request, methods, of_path)
            except Refused as refused:
                return refusal(refused)
            except ValidationError as error:
                return answer(malformed(error), 422)
            except Exception as error:  # noqa: BLE001 the last door: whatever it is, the caller gets JSON
                return broken(request, error)

        return view

    return made


def _answered(
    act: Callable[..., dict[str, Any]], request: HttpRequest, methods: tuple[str, ...], of_path: dict[str, str]
) -> HttpResponse:
    if request.method not in methods:
        allow = ", ".join(methods)
        raise Refused(405, "method_not_allowed", f"This is asked by {allow}.", headers={"Allow": allow})
    said = body_of(request)
    sent = request.headers.get(SESSION, "")
    call = Call(caller_of(request, said), said, sent if session_id.is_ours(sent) else session_id.new())
    headers = {SESSION: call.session, "Cache-Control": "no-store"}
    try:
        data = act(call, **of_path)
    except SoftError as soft:
        return answer(failure(str(soft), soft.number, **soft.data), 200, headers)
    return answer({"success": True, "data": data}, 200, headers)


def failure(message: str, number: int, **data: Any) -> dict[str, Any]:
    return {"success": False, "msg": message, "error_code": number, "data": data}


def malformed(error: ValidationError) -> dict[str, Any]:
    """Every fault with its place, the first one as the message."""
    faults = faults_of(error)
    said = f"{faults[0]['field'] or 'the body'}: {faults[0]['message'].rstrip('.')}."
    more = f" {len(faults) - 1} more in data.faults." if len(faults) > 1 else ""
    return failure(said + more, 422, faults=faults)


def refusal(refused: Refused) -> HttpResponse:
    number = NOT_AUTHORIZED if refused.status in {401, 403} else refused.status
    if refused.body["error"]["code"] == "no_access":
        number = NO_ACCESS
    body = {"success": False, "msg": refused.body["message"], "error_code": number}
    return answer(body, refused.status, refused.headers)


def broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """Our own failure: the live service's number of it, and one to look it up by."""
    number = ids.short_hash()
    _log.error("headless.failed", path=request.path, number=number, exc_info=error)
    return answer({"success": False, "msg": f"App server error {number}", "error_code": SERVER_ERROR}, 500)


def answer(body: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(body, option=orjson.OPT_UTC_Z), status=status, content_type="application/json", headers=headers
    )
