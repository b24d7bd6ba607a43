"""The third stage, in memory alone: a claimed delivery becomes a signed request."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from pushcart.kit import traces
from pushcart.webhooks import bodies, signatures

if TYPE_CHECKING:
    from datetime import datetime

    from opentelemetry.trace import Span

    from pushcart.webhooks.engine.claimed import Claimed
    from pushcart.webhooks.engine.targets import Target


@dataclass(slots=True)
class Parcel:
    """A request, ready to be sent."""

    target: Target
    uid: str
    verb: str
    headers: list[str]  # "Name: value", besides those of the target
    body: bytes
    span: Span | None = None  # of this attempt, where traces are recorded


def prepare(claimed: Claimed, target: Target) -> Parcel:
    """The push of one delivery, signed at this moment by the machine's clock."""
    span = _span(claimed) if traces.recording() else None
    parcel = pack(
        target,
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
    target: Target,
    *,
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
    signed = signatures.signature(
        target.sealed_secrets,
        uid=uid,
        timestamp=timestamp,
        body=body,
        sealed_signing_keys=target.sealed_signing_keys,
    )
    headers = [
        f"webhook-id: {uid}",
        f"webhook-timestamp: {timestamp}",
        f"webhook-signature: {signed}",
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
    return Parcel(target, uid, bodies.verb(event_type), headers, body)


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
        data=orjson.loads(claimed.data),
    )
