"""Pushes made by hand, as the engine makes them but without its database: for the doctor and for a developer's desk."""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pushcart.companies.endpoint_secrets import PREFIX
from pushcart.webhooks import signatures
from pushcart.webhooks.engine.prepare import Parcel, pack
from pushcart.webhooks.engine.send import Answer, Sender
from pushcart.webhooks.engine.targets import target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

# Besides public https: a developer's own machine.
LOCAL = frozenset({"http", "loopback", "any-port"})
_CONNECTIONS = 8
_SHORTEST_SECRET = 16  # bytes


class SecretError(ValueError):
    """That is no webhook secret; the message says what one looks like."""


@dataclass(frozen=True)
class Receiver:
    """Where pushes go, and the secret that signs them, in clear."""

    url: str
    secret: str


@dataclass(frozen=True)
class Letter:
    """One event as it is pushed; `uid` is its `webhook-id`."""

    uid: str
    event_type: str
    body: bytes
    cart_hash: str = ""
    sequence: int | None = None
    respond_by: datetime | None = None


def read_secret(text: str) -> str:
    """A webhook secret as somebody typed it.

    Raises:
        SecretError: it is none.
    """
    try:
        key = base64.b64decode(text.strip().removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if len(key) < _SHORTEST_SECRET:
        raise SecretError(f"A webhook secret is {PREFIX} and at least {_SHORTEST_SECRET} bytes in base64.")
    return PREFIX + text.strip().removeprefix(PREFIX)


def parcel(receiver: Receiver, letter: Letter, *, age: float = 0) -> Parcel:
    """The signed request, dated `age` seconds ago."""
    made = pack(
        target(endpoint_id=0, url=receiver.url, sealed_secrets=[receiver.secret]),
        uid=letter.uid,
        event_type=letter.event_type,
        body=letter.body,
        cart_hash=letter.cart_hash,
        sequence=letter.sequence,
        respond_by=letter.respond_by,
    )
    if age:
        at = int(time.time() - age)
        signed = signatures.signature((receiver.secret,), uid=letter.uid, timestamp=at, body=letter.body)
        set_header(made, "webhook-timestamp", str(at))
        set_header(made, "webhook-signature", signed)
    return made


def set_header(made: Parcel, name: str, value: str | None) -> None:
    """Another value for one header of a parcel; None takes it away."""
    others = tuple(header for header in made.target.headers if not header.startswith(f"{name}: "))
    made.target = replace(made.target, headers=others)
    made.headers = [header for header in made.headers if not header.startswith(f"{name}: ")]
    if value is not None:
        made.headers.append(f"{name}: {value}")


@contextmanager
def sending(allow: frozenset[str]) -> Iterator[Sender]:
    """A sender of its own, within a running event loop."""
    sender = Sender(allow, connections=_CONNECTIONS)
    try:
        yield sender
    finally:
        sender.close()


async def send(sender: Sender, made: Parcel) -> Answer:
    """Sends it by the rules of every push (address guard, no redirects, 5 s to connect, 15 s in all) and waits."""
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    sender.send(made, lambda _parcel, answer: answered.set_result(answer))
    return await answered
