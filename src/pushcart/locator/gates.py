"""The gates of a label: one judgement of plain values, for whoever read them and from wherever (contract, section 5).

An order and a shopper's map ask here, so that nothing is shown that can't be bought.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Final

    from pushcart.eligibility.check import Answer

# Curbside is a pickup at the car: open where pickup is, and where the store comes out.
PATHS: Final = ("bopis", "ropis", "delivery", "curbside")


class Label(NamedTuple):
    """Whether one path is open.

    Attributes:
        code: Of the first gate that is shut, empty where the path is open: `product_unknown`, `dealer_not_authorized`,
            one of eligibility's (`store_closed`, `tax_rate_missing`, …), `stock_stale`, `out_of_stock`,
            `price_missing`, `path_off` or `product_blocked`; from a search also `never_opens` and `out_of_reach`.
        reason: The same as a sentence.
    """

    allowed: bool
    reason: str = ""
    code: str = ""


class Counter(NamedTuple):
    """What decides of a store, whatever the product.

    Attributes:
        standing: What it can do now, by `eligibility.check`.
        stale: Its stock is too old to be promised, by `is_stale`.
        offers: Those of PATHS that the retailer activated here.
    """

    standing: Answer
    stale: bool
    offers: frozenset[str]


class Shelf(NamedTuple):
    """What decides of one product in one store.

    Attributes:
        known: There is a product of this UPC.
        shown: The brand on whose site the shopper is, or else the product's own, shows this retailer's stores.
        qty: Pieces left after open orders.
        price: Minor units; None: neither the store nor the brand told one.
        blocked: Those of PATHS in which it may not be bought here.
    """

    known: bool
    shown: bool
    qty: int
    price: int | None
    blocked: frozenset[str] = frozenset()


class Labels(dict[str, Label]):
    """The label of each of PATHS. It is shared by all for whom it holds: never changed.

    Attributes:
        open: The paths that are.
        written: What a surface made of it.
    """

    def __init__(self, labels: dict[str, Label]) -> None:
        super().__init__(labels)
        self.open = frozenset(path for path, label in labels.items() if label.allowed)
        self.written: Any = None


def judge(counter: Counter, shelf: Shelf) -> Labels:
    """The label of each path."""
    shut = _first_shut(counter, shelf)
    return shut_by(*shut) if shut else _by_path(counter.offers, shelf.blocked)


@lru_cache
def shut_by(code: str, reason: str) -> Labels:
    """Every path shut for one cause."""
    return Labels(dict.fromkeys(PATHS, Label(allowed=False, reason=reason, code=code)))


@lru_cache(maxsize=1000)
def out_of_reach(offered: frozenset[str], shut: frozenset[str], radius_km: float) -> Labels:
    """What `judge` says where no gate is shut for every path, but of a place beyond the store's delivery radius."""
    reason = f"The store delivers up to {radius_km:g} km."
    return Labels(_by_path(offered, shut) | {"delivery": Label(allowed=False, reason=reason, code="out_of_reach")})


def is_stale(fed_at: datetime | None, at: datetime) -> bool:
    """Whether stock is too old to be promised to anybody (decision 0021)."""
    return fed_at is None or fed_at <= stale_since(at)


def stale_since(at: datetime) -> datetime:
    """Stock that was told then or before is stale at this moment."""
    return at - timedelta(hours=settings.STOCK_MAX_AGE_HOURS)


def offers(*, bopis: bool, ropis: bool, delivery: bool, curbside: bool) -> frozenset[str]:
    """The paths that a store offers where its retailer activated these."""
    return _offers(bopis, ropis, delivery, curbside)


def blocked(paths: frozenset[str]) -> frozenset[str]:
    """The paths that are shut where these are blocked for a product: curbside is a pickup too."""
    return paths | {"curbside"} if "bopis" in paths else paths


_Gate = tuple[str, str]  # code and sentence


def _first_shut(counter: Counter, shelf: Shelf) -> _Gate | None:
    """The gate that is shut for every path, if one is."""
    return _relation(shelf) or _store(counter) or _stock(shelf)


def _relation(shelf: Shelf) -> _Gate | None:
    if not shelf.known:
        return "product_unknown", "No product has this UPC."
    if not shelf.shown:
        return "dealer_not_authorized", "The brand does not show this retailer's stores."
    return None


def _store(counter: Counter) -> _Gate | None:
    if not counter.standing.standard:
        # Without Buy it Locally not even a reservation: it is the programme that takes orders (decision 0020).
        gravest = counter.standing.reasons[0]
        return gravest.code, gravest.message
    if counter.stale:
        return "stock_stale", f"The store's stock was not told in the last {settings.STOCK_MAX_AGE_HOURS} hours."
    return None


def _stock(shelf: Shelf) -> _Gate | None:
    if shelf.qty < 1:
        return "out_of_stock", "The store has none left."
    if shelf.price is None:
        return "price_missing", "Neither the store nor the brand has told a price."
    return None


@lru_cache
def _by_path(offered: frozenset[str], shut: frozenset[str]) -> Labels:
    return Labels({path: _label(path, offered, shut) for path in PATHS})


def _label(path: str, offered: frozenset[str], shut: frozenset[str]) -> Label:
    if path not in offered:
        return Label(allowed=False, reason="The store does not offer this.", code="path_off")
    if path in shut:
        return Label(allowed=False, reason="This product may not be bought this way.", code="product_blocked")
    return Label(allowed=True)


@lru_cache
def _offers(bopis: bool, ropis: bool, delivery: bool, curbside: bool) -> frozenset[str]:
    active = {"bopis": bopis, "ropis": ropis, "delivery": delivery, "curbside": bopis and curbside}
    return frozenset(path for path, is_active in active.items() if is_active)
