"""The cart object of the wire (contract, section 2: The cart object), rendered from the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings

from pushcart.carts.moves import allowed
from pushcart.carts.states import HIDDEN, UNDECIDED
from pushcart.kit.money import major

if TYPE_CHECKING:
    from pushcart.carts.models import Cart, Line


def render(cart: Cart, lines: list[Line]) -> str:
    """The document's JSON text: keys in the contract's order, money in decimal major units, times RFC 3339 in UTC."""
    return orjson.dumps(_cart_object(cart, lines), option=orjson.OPT_UTC_Z).decode()


def _cart_object(cart: Cart, lines: list[Line]) -> dict[str, Any]:
    """An absent string is `""`, a flag 0 or 1."""
    lines = [line for line in lines if line.status not in HIDDEN]
    return {
        "hash": cart.hash,
        "status": cart.status,
        "sequence": cart.sequence,
        "test": int(cart.test),
        "origin": cart.origin,
        "locale": cart.locale,
        "currency": cart.currency,
        "path_to_purchase": cart.path,
        "workflow": cart.workflow,
        "for_hold": int(cart.path == cart.Path.ROPIS),
        "for_delivery": int(cart.path == cart.Path.DELIVERY),
        "for_curbside": int(cart.curbside),
        "car": cart.car,
        "ordered_at": cart.ordered_at,
        "respond_by": cart.respond_by,
        "updated_at": cart.updated_at,
        **_totals(cart, lines),
        **_shopper(cart),
        "store": _store(cart),
        "payment": _payment(cart, lines),
        "fulfillment_url": cart.fulfillment_url,
        "items": [_item(cart, line) for line in lines],
        "url": f"{settings.PUBLIC_URL}/api/v2/cart/{cart.hash}",
        "order_url": order_url(cart),
    }


def order_url(cart: Cart) -> str:
    """The shopper's page of this order."""
    return f"{settings.PUBLIC_URL}/order/{cart.hash}/{cart.shopper_token}"


def _totals(cart: Cart, lines: list[Line]) -> dict[str, Any]:
    sums = {
        "subtotal": sum(line.subtotal for line in lines),
        "tax_total": sum(line.tax for line in lines),
        "shipping_cost_total": sum(line.shipping for line in lines),
        "grand_total": sum(line.total for line in lines),
        "captured_total": sum(line.captured for line in lines),
        "refunded_total": sum(line.refunded for line in lines),
        "tax_refunded_total": sum(line.tax_refunded for line in lines),
    }
    told: dict[str, Any] = {name: _amount(amount, cart.currency) for name, amount in sums.items()}
    return {**told, "tax_included": int(any(line.tax_included for line in lines))}


def _shopper(cart: Cart) -> dict[str, Any]:
    return {
        name: getattr(cart, name)
        for name in (
            *("first_name", "last_name", "email", "phone"),
            *("address", "address_2", "city", "state", "zip", "country"),
            *("delivery_first_name", "delivery_last_name", "delivery_phone"),
            *("delivery_address", "delivery_address_2", "delivery_city"),
            *("delivery_state", "delivery_zip", "delivery_country"),
            *("delivery_instructions", "delivery_from", "delivery_until"),
        )
    }


def _store(cart: Cart) -> dict[str, Any]:
    store = cart.store
    return {
        "id": store.pk,
        "vendor_id": store.number,
        "name": store.name,
        "address": store.address,
        "city": store.city,
        "state": store.state,
        "zip": store.zip,
        "country": store.country,
        "phone": store.phone,
        "timezone": store.timezone,
    }


def _payment(cart: Cart, lines: list[Line]) -> dict[str, str]:
    return {"brand": cart.card_brand, "last4": cart.card_last4, "status": _payment_status(lines)}


def _payment_status(lines: list[Line]) -> str:
    """One word for the whole cart: what the card still owes speaks before what is done with."""
    said = {payment_status(line) for line in lines}
    for word in ("settling", "authorized", "failed", "disputed"):
        if word in said:
            return word
    captured, refunded = sum(line.captured for line in lines), sum(line.refunded for line in lines)
    if captured:
        return "captured" if not refunded else "refunded" if refunded == captured else "partially_refunded"
    return "released" if "released" in said else "none"


def payment_status(line: Line) -> str:
    """One word for a line's money.

    `settling`: decided, and the card has not answered yet. `failed`: it refused the charge, and the shopper pays at the
    store or the store rejects the line. `disputed`: the shopper's bank took it away until it decides.
    """
    if not line.authorised:
        return "none"
    if line.held:
        return "authorized" if line.status in UNDECIDED else "settling"
    if line.status == "charge_failed":
        return "failed"
    if not line.captured:
        return "released"
    if line.disputed:
        return "disputed"
    return "captured" if not line.refunded else "partially_refunded" if line.kept else "refunded"


def _item(cart: Cart, line: Line) -> dict[str, Any]:
    money = {
        name: _amount(getattr(line, name), cart.currency)
        for name in (
            *("price_per_unit", "tax_per_unit", "subtotal", "tax", "shipping", "total"),
            *("captured", "refunded", "tax_refunded", "disputed"),
        )
    }
    return {
        "upc": line.upc,
        "name": line.name,
        "brand": line.brand,
        "vendor_sku": line.vendor_sku,
        "image": line.image,
        "qty": line.qty,
        "qty_refunded": line.qty_refunded,
        **money,
        "status": line.status,
        "payment_status": payment_status(line),
        "reason": line.reason,
        "message": line.message,
        "fulfillment_url": line.fulfillment_url,
        "updated_at": line.updated_at,
        "allowed": allowed(line),
    }


def _amount(minor_units: int, currency: str) -> orjson.Fragment:
    """A JSON number with the currency's digits: 110.10, not 110.1."""
    return orjson.Fragment(str(major(minor_units, currency)).encode())
