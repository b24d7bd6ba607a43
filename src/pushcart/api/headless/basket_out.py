"""The basket on the wire, as the live service shows it (contract, section 5): amounts in major units, flags 0 or 1."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from pushcart.api.headless.shopper import user
from pushcart.catalog.models import Product
from pushcart.inventory.queries import available
from pushcart.kit import clock
from pushcart.kit.money import half_up, major
from pushcart.stores.queries import tax_rate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushcart.api.headless.door import Call
    from pushcart.visits.models import Item, Visit

_SHOPPER = ("first_name", "last_name", "address", "address_2", "city", "state", "zip", "email", "phone", "country")


def basket(visit: Visit | None, call: Call) -> dict[str, Any]:
    """`{n_in_cart, cart_hash, cart_content: {user, cart, items}, session}`; an empty one of a session without any."""
    items = [] if visit is None else list(visit.items.select_related("store__company").order_by("pk"))
    currency = items[0].store.company.currency if items else call.caller.company.currency
    products = {row.upc: row for row in Product.objects.filter(upc__in=[item.upc for item in items])}
    shown = [_item(item, visit.path if visit else "", products) for item in items]
    return {
        "n_in_cart": sum(item.qty for item in items),
        "cart_hash": visit.hash if visit else "",
        "cart_content": {
            "user": user(visit),
            "cart": _cart(visit, items, shown, currency),
            "items": [_on_the_wire(line, currency) for line in shown],
        },
        "session": {"id": call.session},
    }


def _item(item: Item, path: str, products: dict[str, Product]) -> dict[str, Any]:
    """Amounts in minor units."""
    product, stock = products.get(item.upc), available(item.store_id, [item.upc]).get(item.upc)
    # A reservation is taxed at the till.
    rate = (tax_rate(item.store, clock.now()) if path != "ropis" else None) or Decimal(0)
    tax = half_up(item.price * item.qty * rate)
    return {
        "upc": item.upc,
        "name": product.name if product else "",
        "style": product.style if product else "",
        "image": product.image if product else "",
        "store_id": item.store_id,
        "store_name": item.store.name,
        "qty": item.qty,
        "qty_available": stock.qty if stock else 0,
        "price_changed": int(stock is None or stock.price != item.price),
        "price_per_unit": item.price,
        "tax_per_unit": half_up(item.price * rate),
        "subtotal": item.price * item.qty,
        "tax": tax,
        "total": item.price * item.qty + tax,
        "message": item.message,
    }


def _on_the_wire(line: dict[str, Any], currency: str) -> dict[str, Any]:
    money = ("price_per_unit", "tax_per_unit", "subtotal", "tax", "total")
    return {name: _amount(value, currency) if name in money else value for name, value in line.items()}


def _cart(visit: Visit | None, items: Iterable[Item], shown: list[dict[str, Any]], currency: str) -> dict[str, Any]:
    path, told = (visit.path, visit.shopper) if visit else ("", {})
    stores = {item.store_id: item.store for item in items}
    shipping = sum(store.delivery_fee for store in stores.values()) if path == "delivery" else 0
    subtotal, tax = sum(line["subtotal"] for line in shown), sum(line["tax"] for line in shown)
    return {
        "id": visit.pk if visit else 0,
        "user_id": visit.pk if visit else 0,
        "hash": visit.hash if visit else "",
        "currency": currency,
        "subtotal": _amount(subtotal, currency),
        "tax_total": _amount(tax, currency),
        "shipping_cost_total": _amount(shipping, currency),
        "grand_total": _amount(subtotal + tax + shipping, currency),
        **{name: told.get(name, "") for name in _SHOPPER},
        "origin": visit.origin if visit else "",
        "for_hold": int(path == "ropis"),
        "for_delivery": int(path == "delivery"),
    }


def _amount(minor_units: int, currency: str) -> orjson.Fragment:
    return orjson.Fragment(str(major(minor_units, currency)))
