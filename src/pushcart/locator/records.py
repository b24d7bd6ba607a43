"""What is known of a store, of a product and of who shows whom, as the locator reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings

from pushcart.eligibility import facts as eligibility_facts
from pushcart.eligibility.check import judge as judge_standing
from pushcart.eligibility.facts import Facts
from pushcart.locator.calendar import Calendar, calendar
from pushcart.locator.gates import blocked, offers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pushcart.eligibility.check import Answer

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


class _Held(NamedTuple):
    """A standing, and from when until when it holds."""

    begin: datetime
    end: datetime
    answer: Answer


@dataclass(slots=True)
class Store:
    """A store with all that decides what it may sell, and what a shopper wants to know of it."""

    facts: Facts
    number: str  # the retailer's own: vendor_id on the wire
    name: str
    address: str
    city: str
    state: str
    zip: str
    country: str
    phone: str
    lat: float
    lng: float
    timezone: str
    delivery_radius_km: float
    delivery_fee: int  # minor units of `currency`
    company_name: str
    company_slug: str
    currency: str
    offers: frozenset[str]
    calendar: Calendar
    # What a surface made of it, kept for as long as the store stays as it is.
    card: Any = field(default=None, repr=False, compare=False)
    _held: _Held | None = field(default=None, repr=False, compare=False)

    @property
    def id(self) -> int:
        return self.facts.store_id

    @property
    def company_id(self) -> int:
        return self.facts.company_id

    def standing(self, at: datetime) -> Answer:
        """What it can do at a moment: `eligibility.check`'s judgement, kept for as long as it holds."""
        held = self._held
        if held is None or not held.begin <= at < held.end:
            begin, end = _between_turns(self.facts, at)
            held = self._held = _Held(begin, end, judge_standing(self.facts, at))
        return held.answer


def _between_turns(facts: Facts, at: datetime) -> tuple[datetime, datetime]:
    """The moments around `at` at which the clock alone changes the judgement."""
    turns = [_LONG_AGO, _NEVER]
    if facts.taxed_from is not None:
        turns.append(facts.taxed_from)
    if facts.fed_at is not None:
        turns.append(facts.fed_at + timedelta(hours=settings.PUSHCART_FEED_MAX_AGE_HOURS))
    return max(turn for turn in turns if turn <= at), min(turn for turn in turns if turn > at)


class Product(NamedTuple):
    """A product, with the paths that are blocked for it: (retailer's id, or None for all; path)."""

    upc: str
    id: int
    brand_id: int
    brand_name: str
    brand_currency: str
    name: str
    style: str
    color: str
    size: str
    image: str
    msrp: int | None
    blocked: tuple[tuple[int | None, str], ...]

    def blocked_at(self, retailer_id: int) -> frozenset[str]:
        """The paths that are shut for it in this retailer's stores."""
        if not self.blocked:
            return frozenset()
        return blocked(frozenset(path for at, path in self.blocked if at is None or at == retailer_id))


_DETAILS = """
    store.number, store.name, store.address, store.city, store.state, store.zip, store.country, store.phone,
    store.lat, store.lng, store.timezone, store.delivery_radius_km, store.delivery_fee,
    company.name, company.slug, company.currency,
    store.bopis, store.ropis, store.delivery, store.curbside, store.hours
"""
_FACTS = len(Facts.__dataclass_fields__)

# All stores; to be narrowed by a WHERE on `store`.
STORES = f"SELECT {eligibility_facts.COLUMNS}, {_DETAILS} {eligibility_facts.SOURCE.format(test='false')}"

# To be narrowed by a WHERE on `product`.
PRODUCTS = """
SELECT product.upc, product.id, brand.id, brand.name, brand.currency, product.name, product.style, product.color,
       product.size, product.image, product.msrp,
       (SELECT array_agg(coalesce(retailer_id, 0) || ' ' || path ORDER BY id)
        FROM catalog_blockedpath WHERE product_id = product.id)
FROM catalog_product product JOIN companies_company brand ON brand.id = product.brand_id
"""


def store_of(row: Sequence[Any]) -> Store:
    """A store from a row of STORES."""
    facts = Facts(*row[:_FACTS])
    *details, bopis, ropis, delivery, curbside, hours = row[_FACTS:]
    state, country, timezone = details[4], details[6], details[10]
    offered = offers(bopis=bopis, ropis=ropis, delivery=delivery, curbside=curbside)
    columns = [facts, *details, offered, calendar(hours, timezone, country, state)]
    return Store(*columns)


def product_of(row: Sequence[Any]) -> Product:
    """A product from a row of PRODUCTS."""
    return Product._make([*row[:-1], tuple(_blocked(row[-1] or ()))])


def _blocked(shut: Iterable[str]) -> Iterable[tuple[int | None, str]]:
    for text in shut:
        retailer, path = text.split()
        yield int(retailer) or None, path
