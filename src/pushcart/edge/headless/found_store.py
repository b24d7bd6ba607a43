"""A store that was found, as the wire has it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from pushcart.kit.money import major
from pushcart.locator.gates import PATHS

if TYPE_CHECKING:
    from pushcart.locator.found import Hit, Offer, Unit
    from pushcart.locator.gates import Label
    from pushcart.locator.records import Store

TITLES = {
    "bopis": "Buy Online, Pick up in Store",
    "ropis": "Reserve",
    "delivery": "Same-day delivery",
    "curbside": "Curbside pickup",
}


def found_store(hit: Hit, unit: Unit) -> dict[str, Any]:
    """The live service's names where it has them (its store_data), and what it leaves out: labels, ages, promises."""
    store, opening = hit.store, hit.opening
    return {
        **_card(store),
        "user_distance": hit.distance(unit),
        "distance_unit": unit,
        "is_open": int(opening.is_open),
        "opens_at": opening.opens_at,
        "closes_at": opening.closes_at,
        "stock": hit.stock,
        "stock_updated_at": hit.fed_at,
        "stock_age_seconds": None if hit.age is None else int(hit.age.total_seconds()),
        "workflow": hit.workflow,
        "answers_by": hit.answers_by,
        "acquisition_options": _options(hit),
        "products": [_product(store, offer) for offer in hit.offers],
    }


def _options(hit: Hit) -> dict[str, int]:
    """Whether one of the products can be bought there in each of the ways."""
    options = dict.fromkeys(PATHS, 0)
    for offer in hit.offers:
        for path, label in offer.labels.items():
            if label.allowed:
                options[path] = 1
    return options


def _card(store: Store) -> dict[str, Any]:
    card = store.card
    if card is None:
        card = store.card = {
            "id": store.id,
            "name": store.name,
            "lat": f"{store.lat:.6f}",
            "lng": f"{store.lng:.6f}",
            "address": store.address,
            "city": store.city,
            "state": store.state,
            "zip": store.zip,
            "country": store.country,
            "phone": store.phone,
            "timezone": store.timezone,
            "company_id": store.company_id,
            "company_name": store.company_name,
            "vendor_id": store.number,
        }
    return card


def _product(store: Store, offer: Offer) -> dict[str, Any]:
    product = offer.product
    return {
        "upc": offer.upc,
        "product_id": product.id if product else None,
        "name": product.name if product else "",
        "qoh": offer.qty,
        "stock": offer.stock,
        "price": None if offer.price is None else _price(offer.price, store.currency),
        "currency": store.currency,
        "labels": _labels(tuple(offer.labels.items())),
    }


@lru_cache(maxsize=10_000)
def _price(amount: int, currency: str) -> orjson.Fragment:
    """Minor units as a decimal number with all its digits."""
    return orjson.Fragment(str(major(amount, currency)))


@lru_cache(maxsize=1000)
def _labels(items: tuple[tuple[str, Label], ...]) -> orjson.Fragment:
    """`{path: {label, allowed, reason, code}}`: few different ones exist, each is written once."""
    described = {path: {"label": TITLES[path], **label._asdict()} for path, label in items}
    return orjson.Fragment(orjson.dumps(described))
