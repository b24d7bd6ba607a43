"""A store that was found, as the live service's `markers` have it (contract, section 5), and what we tell besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from pushcart.edge.headless.hours import hours_told
from pushcart.kit.money import major
from pushcart.locator.gates import PATHS

if TYPE_CHECKING:
    from datetime import datetime

    from pushcart.locator.found import Hit, Offer, Unit

# The live service's number of "the very variant is in stock"; of what is not, none is public.
IN_STOCK, NOT_IN_STOCK = 3, 0
_SENTENCES = {
    "in_stock": "Item is in Stock!",
    "out_of_stock": "Item is out of stock.",
    "stale": "The store's stock was last told too long ago.",
    "unknown": "The store's stock is not known.",
}
_FEATURES = {
    "delivery": ("DELIVERY_AVAILABLE", "Same-day Local Delivery Available"),
    "bopis": ("IN_STORE_PICKUP_AVAILABLE", "Store Pickup Available"),
    "ropis": ("RESERVE_AVAILABLE", "Reserve Online, Pay in Store Available"),
    "curbside": ("CURBSIDE_PICKUP_AVAILABLE", "Curbside Pickup Available"),
}


def marker(hit: Hit, unit: Unit, at: datetime) -> dict[str, Any]:
    """The store with the best of its offers: one that can be bought before one that only stands there."""
    store, offer = hit.store, _best(hit)
    return {
        "id": store.id,
        "name": store.name,
        "lat": f"{store.lat:.8f}",
        "lng": f"{store.lng:.8f}",
        "address": store.address,
        "city": store.city,
        "state": store.state,
        "zip": store.zip,
        "country": store.country,
        "phone": store.phone,
        "phone_link": f"tel:{store.phone}" if store.phone else "",
        "company_id": store.company_id,
        "company_name": store.company_name,
        "vendor_id": store.number,
        "image": "",
        "web_address": "",
        "user_distance": hit.distance(unit),
        "distance_unit": unit,
        "is_tmp_closed": 0,
        **hours_told(store.calendar.times, hit.opening, at),
        **_stock(hit, offer),
        **_ways(offer),
        "stock_told_at": hit.counted_at,
        "stock_age": None if hit.age is None else int(hit.age.total_seconds()),
        "workflow": hit.workflow or "",
        "answers_by": hit.answers_by,
    }


def _best(hit: Hit) -> Offer | None:
    def rank(offer: Offer) -> tuple[bool, bool]:
        return not any(offer.labels[path].allowed for path in PATHS), offer.stock != "in_stock"

    return min(hit.offers, key=rank, default=None)


def _stock(hit: Hit, offer: Offer | None) -> dict[str, Any]:
    there = offer is not None and offer.stock == "in_stock"
    sellable = offer is not None and any(offer.labels[path].allowed for path in PATHS)
    sentence = _SENTENCES[offer.stock] if offer else ""
    word = "YES" if there else "NO"
    price = offer.price if offer else None
    return {
        "upc": offer.upc if offer else "",
        "price": None if price is None else orjson.Fragment(str(major(price, hit.store.currency))),
        "currency": hit.store.currency,
        "qoh": offer.qty if offer and there else 0,
        "stock_status": IN_STOCK if there else NOT_IN_STOCK,
        "stocking_product": int(any(each.stock == "in_stock" for each in hit.offers)),
        "stocking_variant": int(there),
        "disclaimer": sentence,
        "stock_status_constants": [
            {"key": f"PRODUCT_{word}_VARIANT_{word}_BIL_{'YES' if sellable else 'NO'}", "value": sentence}
        ]
        if offer
        else [],
    }


def _ways(offer: Offer | None) -> dict[str, Any]:
    labels = offer.labels if offer else {}
    return {
        "acquisition_options": {path: int(path in labels and labels[path].allowed) for path in PATHS},
        "feature_constants": [
            {"key": key, "value": value}
            for path, (key, value) in _FEATURES.items()
            if path in labels and labels[path].allowed
        ],
        "labels": {path: labels[path]._asdict() for path in labels},
    }
