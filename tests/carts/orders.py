"""What tests of carts look at, and how they say things of a line without paying for it."""

from __future__ import annotations

import json
from typing import Any

from pushcart.carts.change import changing
from pushcart.carts.document import render
from pushcart.carts.models import Cart, Document, Line
from pushcart.events.models import Event
from pushcart.inventory.models import Stock
from pushcart.payments.models import Hold, Refund


def say(cart: Cart, verb: Any, upc: str | None = None, **words: Any) -> None:
    """Calls a verb on one line, the first by default, and publishes; no money moves."""
    with changing(cart.pk) as change:
        verb(change, change.line(upc) if upc else change.lines[0], **words)


def line_of(cart: Cart, upc: str | None = None) -> Line:
    lines = Line.objects.filter(cart=cart).order_by("position")
    return lines.get(upc=upc) if upc else lines[0]


def hold_of(cart: Cart, upc: str | None = None) -> Hold:
    return Hold.objects.get(line_id=line_of(cart, upc).pk)


def shown(cart: Cart) -> dict[str, Any]:
    """The document as the API serves it, which has to be what the rows say."""
    cart = Cart.objects.select_related("store").get(pk=cart.pk)
    body = Document.objects.get(cart=cart, sequence=cart.sequence).body
    assert body == render(cart, list(cart.lines.order_by("position")))
    document: dict[str, Any] = json.loads(body)
    return document


def told(cart: Cart) -> list[str]:
    """The types of the retailer's events of this cart, in order."""
    events = Event.objects.filter(cart_id=cart.pk, company_id=cart.retailer_id).order_by("number")
    return [event.type for event in events]


def last_event(cart: Cart) -> Event:
    return Event.objects.filter(cart_id=cart.pk, company_id=cart.retailer_id).latest("number")


def everything(cart: Cart) -> dict[str, Any]:
    """All that a refused request may not have touched."""
    lines = list(Line.objects.filter(cart=cart).values())
    ids = [line["id"] for line in lines]
    return {
        "cart": Cart.objects.filter(pk=cart.pk).values().get(),
        "lines": lines,
        "documents": Document.objects.filter(cart=cart).count(),
        "events": Event.objects.filter(cart_id=cart.pk).count(),
        "holds": list(Hold.objects.filter(line_id__in=ids).order_by("pk").values()),
        "refunds": list(Refund.objects.filter(hold__line_id__in=ids).order_by("pk").values()),
        "stock": list(Stock.objects.filter(store=cart.store_id).order_by("upc").values()),
    }


def money(line: Line) -> dict[str, int]:
    names = ("authorised", "held", "captured", "released", "kept", "refunding", "refunded")
    return {name: getattr(line, name) for name in names}
