"""Answers of the edge: bodies that are JSON already, and refusals in the envelope."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import structlog
from starlette.responses import JSONResponse, Response

from pushcart.kit import envelope, ids

if TYPE_CHECKING:
    from starlette.requests import Request


_log = structlog.get_logger()


class RefusedError(Exception):
    """A request that gets an error for an answer."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        self.status, self.body = status, envelope.refusal(message, code, field=field)
        super().__init__(message)


class Ready(Response):
    """A body and headers that need no more work: an answer that is given by the thousand."""

    def __init__(self, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.status_code, self.background, self.body = 200, None, body
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]


def ready(request: Request, body: bytes, etag: str) -> Response:
    """The body, or 304 where the caller has it already."""
    headers = {"etag": etag, "cache-control": "private, no-cache"}
    if _has_already(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def content_etag(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


async def refuse(_request: Request, refused: Exception) -> Response:
    assert isinstance(refused, RefusedError)  # noqa: S101 Starlette calls it for this class alone
    return JSONResponse(refused.body, refused.status)


async def broken(request: Request, _error: Exception) -> Response:
    """Our own failure: a number to ask for, and nothing of the inside."""
    number = ids.short_hash()
    _log.error("edge.failed", path=request.url.path, number=number, exc_info=True)
    message = f"Something went wrong on our side. The operator finds it under {number}."
    return JSONResponse(envelope.refusal(message, "server_error", details={"number": number}), 500)


def unknown_key() -> RefusedError:
    return RefusedError(
        401,
        "unauthorized",
        "The Locally-API-Token header is missing, or names a key that is unknown or revoked.",
    )


def unknown_cart() -> RefusedError:
    return RefusedError(404, "cart_not_found", "There is no such cart, or this key has no access to it.")


def _has_already(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    named = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in named or etag in named


def one_of(value: str | None, allowed: Any, field: str) -> str | None:
    """A query parameter that must be one of a list."""
    if value is None or value == "":
        return None
    if value.lower() not in allowed:
        raise RefusedError(422, "invalid_filter", f"{field} must be one of {', '.join(allowed)}.", field)
    return value.lower()
