"""A company's events as its own system reads them, from GET /api/v2/events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import httpx
import orjson

from pushcart.webhooks import bodies
from pushcart.webhooks.by_hand import Letter

if TYPE_CHECKING:
    from types import TracebackType

_SECONDS = 30
_PAGE = 100
_TOO_MANY = 429
_SERVER_ERROR = 500
LATEST = "latest"


class FeedRefusedError(Exception):
    """PushCart does not let us read; asking again is no use."""


class FeedAwayError(Exception):
    """PushCart does not answer now.

    Attributes:
        retry_after: seconds that it asked for; 0: it didn't.
    """

    def __init__(self, message: str, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Told:
    """One event of the feed; `letter` is its push."""

    number: int
    type: str
    cart_hash: str
    letter: Letter


class Feed:
    """Reads one company's events.

    Args:
        pushcart: Its address.
        key: An API key of the company; a test key reads test events.
    """

    def __init__(self, pushcart: str, key: str) -> None:
        self._base = pushcart.rstrip("/")
        self._http = httpx.AsyncClient(
            base_url=self._base, headers={"Locally-API-Token": key}, timeout=_SECONDS, trust_env=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def after(self, cursor: str) -> tuple[list[Told], str]:
        """The next events after a cursor and the cursor to go on from; `LATEST`: none, and where to begin from now.

        Raises:
            FeedRefusedError: see there.
            FeedAwayError: see there.
        """
        try:
            answer = await self._http.get("/api/v2/events", params={"after": cursor, "limit": _PAGE})
        except httpx.TransportError as error:
            raise FeedAwayError(f"{self._base} does not answer ({error or type(error).__name__})") from None
        if answer.status_code >= _SERVER_ERROR or answer.status_code == _TOO_MANY:
            wait = answer.headers.get("Retry-After", "")
            raise FeedAwayError(f"{self._base} answered {answer.status_code}", float(wait) if wait.isdigit() else 0)
        said = _read(answer)
        # The document's numbers keep their digits (399.00): it is forwarded as it was written.
        carts = [event["cart"] for event in json.loads(answer.content, parse_float=_as_written)["events"]]
        told = [_told(event, cart, self._base) for event, cart in zip(said["events"], carts, strict=True)]
        return told, said["next"]


def _read(answer: httpx.Response) -> dict[str, Any]:
    try:
        said: dict[str, Any] = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        raise FeedRefusedError(f"That is no PushCart: it answered {answer.status_code}, and not in JSON.") from None
    if not answer.is_success:
        raise FeedRefusedError(str(said.get("message", answer.status_code)))
    return said


def _as_written(number: str) -> orjson.Fragment:
    return orjson.Fragment(number.encode())


def _told(event: dict[str, Any], cart: dict[str, Any] | None, base: str) -> Told:
    return Told(event["number"], event["type"], event["cart_hash"], _letter(event, cart, base))


def _letter(event: dict[str, Any], cart: dict[str, Any] | None, base: str) -> Letter:
    """What the engine makes of the same event (webhooks.engine.prepare)."""
    uid, created_at = event["id"], datetime.fromisoformat(event["created_at"])
    if cart is None:
        body = bodies.plain(
            uid=uid,
            event_type=event["type"],
            created_at=created_at,
            cart_hash=event["cart_hash"],
            data=event["data"],
            public_url=base,
        )
        return Letter(uid, event["type"], body, event["cart_hash"], event["sequence"])
    sequence, respond_by = event["sequence"], cart["respond_by"]
    document = orjson.dumps(cart).decode()
    body = bodies.fat(
        document, uid=uid, event_type=event["type"], created_at=created_at, sequence=sequence, data=event["data"]
    )
    until = datetime.fromisoformat(respond_by) if respond_by else None
    return Letter(uid, event["type"], body, event["cart_hash"], sequence, until)
