"""Refusals of the v2 API: always the envelope, never a page of HTML, never a stack trace."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from django.http import HttpResponse

from pushcart.carts.refusal import refusal_of
from pushcart.kit import envelope, ids
from pushcart.kit.bodies import BodyTooLargeError, MalformedBodyError, UnsupportedMediaTypeError
from pushcart.kit.checked import InvalidFieldError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from pushcart.carts.errors import CartError

_log = structlog.get_logger()


class Refused(Exception):  # noqa: N818 it is an answer, not a failure
    """A request that gets an error for an answer."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        details: dict[str, Any] | None = None,
        retry_after: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = envelope.refusal(message, code, field=field, details=details)
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)

    def response(self) -> HttpResponse:
        return HttpResponse(
            orjson.dumps(self.body), status=self.status, content_type="application/json", headers=self.headers
        )


def of_cart(error: CartError) -> Refused:
    """A cart's refusal as an answer."""
    refusal = refusal_of(error)
    details = refusal.body["error"]["details"]
    return Refused(refusal.status, error.code, str(error), field=error.field, details=details, headers=refusal.headers)


def of_body(error: MalformedBodyError | UnsupportedMediaTypeError | BodyTooLargeError) -> Refused:
    """A body that can't be read as an answer."""
    if isinstance(error, UnsupportedMediaTypeError):
        return Refused(415, "unsupported_media_type", str(error))
    if isinstance(error, BodyTooLargeError):
        return Refused(413, "body_too_large", str(error))
    return Refused(400, "malformed_body", str(error))


@contextmanager
def refusing_fields() -> Iterator[None]:
    """A value that can't be taken becomes an answer that names it."""
    try:
        yield
    except InvalidFieldError as error:
        raise Refused(422, "invalid_field", str(error), field=error.field, details=error.details) from None


def broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """Our own failure: a number to ask for, and nothing of the inside."""
    number = ids.short_hash()
    _log.error("api.failed", path=request.path, number=number, exc_info=error)
    message = f"Something went wrong on our side. The operator finds it under {number}."
    return Refused(500, "server_error", message, details={"number": number}).response()
