"""What a push carries (contract, section 3): the fat and the thin body, and that of an event that is no order's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings

if TYPE_CHECKING:
    from datetime import datetime

# The notice of an automatic rejection is a PUT (the announcement, 4.1).
_VERBS = {"carts.auto_rejected": "PUT"}


def verb(event_type: str) -> str:
    return _VERBS.get(event_type, "POST")


def fat(
    document: str, *, uid: str, event_type: str, created_at: datetime, sequence: int, data: dict[str, Any]
) -> bytes:
    """The document as the API serves it, byte for byte, with `event` as its last member.

    What happened stands in the document, but for a message: its event carries it as `data`.
    """
    event = {"id": uid, "type": event_type, "created_at": created_at, "sequence": sequence}
    if event_type == "messages.posted":
        event["data"] = data
    return document.encode()[:-1] + b',"event":' + _json(event) + b"}"


def thin(document: str, *, upc: str) -> bytes:
    """One line's news, as the live service sends it: `{upc, order_id, status, order_url}`.

    `status` is that of the line at the event's sequence; `order_url` is the cart in the API.
    """
    cart = orjson.loads(document)
    status = next(item["status"] for item in cart["items"] if item["upc"] == upc)
    return _json({"upc": upc, "order_id": cart["hash"], "status": status, "order_url": cart["url"]})


def plain(
    *,
    uid: str,
    event_type: str,
    created_at: datetime,
    cart_hash: str = "",
    data: dict[str, Any] | None = None,
    public_url: str = "",
) -> bytes:
    """An event without a document: its own facts, and the cart in the API where it is about one."""
    event = {"id": uid, "type": event_type, "created_at": created_at, "sequence": None}
    about = (
        {"hash": cart_hash, "url": f"{public_url or settings.PUBLIC_URL}/api/v2/cart/{cart_hash}"} if cart_hash else {}
    )
    return _json({**about, "data": data or {}, "event": event})


def _json(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)
