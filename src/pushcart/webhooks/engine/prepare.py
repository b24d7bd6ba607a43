"""The third stage, in memory alone: a claimed delivery becomes a signed request."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import orjson

from pushcart.kit import traces
from pushcart.webhooks import bodies, signatures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from opentelemetry.trace import Span

    from pushcart.webhooks.engine.claim import Claimed

_ALWAYS = ("Content-Type: application/json", f"User-Agent: PushCart/{version('pushcart')}", "Expect:")


@dataclass(slots=True)
class Parcel:
    """A request, ready to be sent."""

    endpoint_id: int
    uid: str
    verb: str
    url: str
    headers: list[str]  # "Name: value"
    body: bytes
    span: Span | None = None  # of this attempt, where traces are recorded


def prepare(claimed: Claimed) -> Parcel:
    """The push of one delivery, signed at this moment by the machine's clock."""
    span = _span(claimed) if traces.recording() else None
    parcel = pack(
        endpoint_id=claimed.endpoint_id,
        url=claimed.url,
        sealed_secrets=claimed.sealed_secrets,
        uid=claimed.uid,
        event_type=claimed.event_type,
        body=_body(claimed),
        cart_hash=claimed.cart_hash,
        sequence=claimed.sequence,
        respond_by=claimed.respond_by,
        traceparent=claimed.traceparent if span is None else traces.header(span),
    )
    parcel.span = span
    return parcel


def pack(
    *,
    endpoint_id: int,
    url: str,
    sealed_secrets: Sequence[str],
    uid: str,
    event_type: str,
    body: bytes,
    cart_hash: str = "",
    sequence: int | None = None,
    respond_by: datetime | None = None,
    traceparent: str = "",
) -> Parcel:
    """A signed request with the headers of the contract (section 3); those that would be empty are left out."""
    timestamp = int(time.time())
    headers = [
        *_ALWAYS,
        f"webhook-id: {uid}",
        f"webhook-timestamp: {timestamp}",
        f"webhook-signature: {signatures.signature(tuple(sealed_secrets), uid=uid, timestamp=timestamp, body=body)}",
        f"locally-webhook-token: {signatures.opened(sealed_secrets[0])}",
        f"PushCart-Event: {event_type}",
    ]
    if cart_hash:
        headers.append(f"PushCart-Cart: {cart_hash}")
    if sequence is not None:
        headers.append(f"PushCart-Sequence: {sequence}")
    if respond_by is not None:
        headers.append(f"PushCart-Respond-By: {respond_by.isoformat().replace('+00:00', 'Z')}")
    if traceparent:
        headers.append(f"traceparent: {traceparent}")
    return Parcel(endpoint_id, uid, bodies.verb(event_type), url, headers, body)


def _span(claimed: Claimed) -> Span:
    return traces.begin(
        f"push {claimed.event_type}",
        claimed.traceparent,
        **{
            "pushcart.event": claimed.uid,
            "pushcart.cart": claimed.cart_hash,
            "pushcart.endpoint": claimed.endpoint_id,
            "http.request.method": bodies.verb(claimed.event_type),
        },
    )


def _body(claimed: Claimed) -> bytes:
    if claimed.document is None or claimed.sequence is None:
        return bodies.plain(
            uid=claimed.uid,
            event_type=claimed.event_type,
            created_at=claimed.created_at,
            cart_hash=claimed.cart_hash,
            data=orjson.loads(claimed.data),
        )
    if claimed.upc:
        return bodies.thin(claimed.document, upc=claimed.upc)
    return bodies.fat(
        claimed.document,
        uid=claimed.uid,
        event_type=claimed.event_type,
        created_at=claimed.created_at,
        sequence=claimed.sequence,
    )
