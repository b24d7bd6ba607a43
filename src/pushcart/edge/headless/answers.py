"""The headless API's envelope, as the edge gives it (contract, section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

NO_ACCESS = 1101
NOT_AUTHORIZED = 1102
STORE_NOT_FOUND = 1329

_HEADERS = {"cache-control": "no-store"}


class HeadlessError(Exception):
    """What was asked can't be answered; the message is a sentence. Soft errors have the status 200."""

    def __init__(self, message: str, number: int, status: int = 200) -> None:
        self.number, self.status = number, status
        super().__init__(message)


def told(data: dict[str, Any], session: str = "") -> Response:
    """`{"success": true, "data": …}`."""
    headers = {**_HEADERS, "locally-api-session-id": session} if session else _HEADERS
    return _json({"success": True, "data": data}, 200, headers)


async def refuse_headless(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HeadlessError)  # noqa: S101 Starlette calls it for this class alone
    return _json({"success": False, "msg": str(error), "error_code": error.number}, error.status, _HEADERS)


def _json(body: dict[str, Any], status: int, headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), status, headers, "application/json")
