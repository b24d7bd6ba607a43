"""The latest orders as the page shows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db.models import F

from pushcart.carts.models import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 12
_SHOWN = ("hash", "status", "path_to_purchase", "workflow", "respond_by", "currency", "grand_total", "order_url")


def latest_orders() -> list[dict[str, Any]]:
    """What the cart objects of the newest orders say, newest first."""
    documents = Document.objects.filter(cart__ordered_at__isnull=False, sequence=F("cart__sequence"))
    return [_shown(json.loads(body)) for body in _bodies(documents.order_by("-cart_id")[:_MOST])]


def _bodies(documents: Any) -> Iterator[str]:
    yield from documents.values_list("body", flat=True)


def _shown(cart: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: cart[name] for name in _SHOWN},
        "payment": cart["payment"]["status"],
        "captured": cart["captured_total"],
        "refunded": cart["refunded_total"],
        "city": cart["store"]["city"],
        "timezone": cart["store"]["timezone"],
        "items": [{"qty": item["qty"], "name": item["name"]} for item in cart["items"]],
        "reasons": [item["reason"] for item in cart["items"] if item["reason"]],
    }
