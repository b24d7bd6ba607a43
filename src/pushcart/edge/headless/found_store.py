"""A store that was found, as the wire has it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from pushcart.kit.money import major
from pushcart.locator.gates import PATHS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushcart.locator.calendar import Opening
    from pushcart.locator.found import Hit, Offer, Unit, Workflow
    from pushcart.locator.gates import Labels
    from pushcart.locator.records import Store

TITLES = {
    "bopis": "Buy Online, Pick up in Store",
    "ropis": "Reserve",
    "delivery": "Same-day delivery",
    "curbside": "Curbside pickup",
}


_WRITTEN = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


def found_store(hit: Hit, unit: Unit) -> bytes:
    """The live service's names where it has them (its store_data), and what it leaves out: labels, ages, promises."""
    offers = hit.offers
    open_ways = offers[0].labels.open if len(offers) == 1 else _open(offers)
    rest = {
        "user_distance": hit.distance(unit),
        "distance_unit": unit,
        "stock": hit.stock,
        "stock_age_seconds": None if hit.age is None else int(hit.age.total_seconds()),
        "answers_by": hit.answers_by,
        "acquisition_options": _options(open_ways),
        "products": [_product(hit.store, offer) for offer in offers],
    }
    return _card(hit) + orjson.dumps(rest, option=_WRITTEN)[1:]


class _Card(NamedTuple):
    """What is the same for every question, until the store changes, opens or closes: `{…,`, to be gone on with."""

    opening: Opening
    workflow: Workflow | None
    text: bytes


def _card(hit: Hit) -> bytes:
    card: _Card | None = hit.store.card
    if card is None or card.opening is not hit.opening or card.workflow != hit.workflow:
        text = orjson.dumps(_told(hit.store, hit), option=_WRITTEN)
        card = hit.store.card = _Card(hit.opening, hit.workflow, text[:-1] + b",")
    return card.text


def _told(store: Store, hit: Hit) -> dict[str, Any]:
    return {
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
        "is_open": int(hit.opening.is_open),
        "opens_at": hit.opening.opens_at,
        "closes_at": hit.opening.closes_at,
        "stock_updated_at": hit.counted_at,
        "workflow": hit.workflow,
    }


def _open(offers: Iterable[Offer]) -> frozenset[str]:
    """The ways in which one of the products can be bought there."""
    return frozenset[str]().union(*(offer.labels.open for offer in offers))


@lru_cache
def _options(ways: frozenset[str]) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps({path: int(path in ways) for path in PATHS}))


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
        "labels": offer.labels.written or _labels(offer.labels),
    }


@lru_cache(maxsize=10_000)
def _price(amount: int, currency: str) -> orjson.Fragment:
    """Minor units as a decimal number with all its digits."""
    return orjson.Fragment(str(major(amount, currency)))


def _labels(labels: Labels) -> orjson.Fragment:
    """`{path: {label, allowed, reason, code}}`: few different ones exist, each is written once."""
    described = {path: {"label": TITLES[path], **label._asdict()} for path, label in labels.items()}
    fragment = labels.written = orjson.Fragment(orjson.dumps(described))
    return fragment
