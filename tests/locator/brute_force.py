"""What a search has to find in a random network: every store is looked at, by code of its own.

Distances are the haversine formula over all stores; gates are columns of yes and no; time is counted minute by minute.
Nothing is narrowed, kept or shared with the code under test.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from tests.locator.random_network import NOW, PATHS, Network
from tests.stores.hours import minutes

if TYPE_CHECKING:
    from tests.stores.hours.minutes import Hours

_EARTH_KM = 6371.0088
_STALE, _PUSHED = timedelta(hours=72), timedelta(hours=24)
_PUSHCART, _STANDARD = timedelta(minutes=120), timedelta(minutes=480)
_HORIZON = timedelta(days=60)


def expected(made: Network, asked: dict) -> list[tuple]:
    """Of each store to be found, in their order: see `_told`."""
    wanted = _wanted(made, asked)
    if not wanted and asked["style"]:
        return []
    km = kilometres(asked, made)
    offers = [_Offer(made, asked, upc, km) for upc in wanted]
    if wanted:
        good = np.zeros(len(made.stores), dtype=bool)
        for offer in offers:
            good |= offer.is_good
    else:
        good = _column(made, lambda store: (asked["brand_id"], store["company"]) in made.dealers)
    good &= ~_column(made, lambda store: store["closed"])
    if asked["within_km"] is not None:
        good &= km <= asked["within_km"]
    if asked["retailer_id"] is not None:
        good &= _column(made, lambda store: store["company"]) == asked["retailer_id"]
    if asked["store_ids"] is not None:
        good &= np.isin(_column(made, lambda store: store["id"]), list(asked["store_ids"]))
    order = np.lexsort((_column(made, lambda store: store["id"]), km))
    found = order[good[order]][asked["offset"] :][: asked["limit"]]
    return [_told(made, made.stores[at], [offer.at(at) for offer in offers]) for at in found.tolist()]


def sellable(made: Network, store: dict, upc: str) -> int:
    """Pieces left: of what is counted two are kept back, and none is there where a clerk found none."""
    shelf = made.stock.get((store["id"], upc))
    return 0 if shelf is None or shelf["hidden"] or not shelf["qty"] else max(shelf["qty"] + 2 - store["safety"], 0)


def kilometres(asked: dict, made: Network) -> np.ndarray:
    """The haversine formula by its book, to the millimetre."""
    here = np.radians([asked["lat"], asked["lng"]])
    lat, lng = np.radians([[store["lat"] for store in made.stores], [store["lng"] for store in made.stores]])
    h = np.sin((lat - here[0]) / 2) ** 2 + np.cos(here[0]) * np.cos(lat) * np.sin((lng - here[1]) / 2) ** 2
    return (2 * _EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(h)))).round(6)


def _wanted(made: Network, asked: dict) -> list[str]:
    styled = [
        product["upc"]
        for product in made.products
        if asked["style"] and (product["style"], product["brand"]) == (asked["style"], asked["brand_id"])
    ]
    return list(dict.fromkeys((*asked["upcs"], *sorted(styled))))


class _Offer:
    """One product in all stores, a column for each thing that is told of it."""

    def __init__(self, made: Network, asked: dict, upc: str, km: np.ndarray) -> None:
        product = next((product for product in made.products if product["upc"] == upc), None)
        brand = asked["brand_id"] or (product["brand"] if product else None)
        self._upc = upc
        self._qty = _column(made, lambda store: sellable(made, store, upc))
        self._price = _column(made, lambda store: _price(made, store, upc, product))
        age = _column(made, lambda store: math.inf if store["fed"] is None else store["fed"].total_seconds())
        never_fed, stale, none_left = age == math.inf, age >= _STALE.total_seconds(), self._qty < 1
        self._stock = np.select([never_fed, none_left, stale], ["unknown", "out_of_stock", "stale"], default="in_stock")
        shown = _column(made, lambda store: product is not None and (brand, store["company"]) in made.dealers)
        shut = np.select(
            [
                np.full(len(made.stores), product is None),
                ~shown,
                *(_column(made, gate) == code for gate, code in _gates(made)),
                stale,
                none_left,
                self._price < 0,
            ],
            [
                "product_unknown",
                "dealer_not_authorized",
                *(code for _, code in _gates(made)),
                "stock_stale",
                "out_of_stock",
                "price_missing",
            ],
            default="",
        )
        by_path = np.array([_column(made, lambda store, path=path: _path(made, store, upc, path)) for path in PATHS])
        codes = np.where(shut != "", shut, by_path)
        never = _column(made, lambda store: answers_by(made, store) is None)
        never &= (codes == "").any(axis=0)
        delivery = PATHS.index("delivery")
        far = (codes[delivery] == "") & (km > _column(made, lambda store: store["radius"]))
        codes = codes.astype("U30")
        codes[delivery, far] = "out_of_reach"
        codes[:, never] = "never_opens"
        self._codes = codes
        self.is_good = shown.copy()
        if asked["in_stock"]:
            self.is_good &= self._stock == "in_stock"
        if asked["paths"]:
            self.is_good &= (codes[[PATHS.index(path) for path in asked["paths"]]] == "").any(axis=0)

    def at(self, n: int) -> tuple:
        price = int(self._price[n])
        codes = tuple(self._codes[:, n].tolist())
        return self._upc, int(self._qty[n]), None if price < 0 else price, str(self._stock[n]), codes


def _gates(made: Network) -> list[tuple]:
    """Those of Buy it Locally, in their order."""

    def account(store: dict) -> str:
        return {None: "stripe_missing", "gone": "stripe_disconnected", "disabled": "stripe_charges_disabled"}.get(
            _retailer(made, store)["account"], ""
        )

    def tax(store: dict) -> str:
        return "tax_rate_missing" if store["taxed_from"] is None or store["taxed_from"] > NOW else ""

    def billing(store: dict) -> str:
        return "" if _retailer(made, store)["billing"] else "billing_missing"

    accounts = ("stripe_missing", "stripe_disconnected", "stripe_charges_disabled")
    return [(tax, "tax_rate_missing"), *((account, code) for code in accounts), (billing, "billing_missing")]


def _price(made: Network, store: dict, upc: str, product: dict | None) -> int:
    """-1: nobody told one."""
    own = made.stock[store["id"], upc]["price"] if sellable(made, store, upc) else None
    if own is not None:
        return own
    if product is None or product["msrp"] is None:
        return -1
    brand = next(brand for brand in made.brands if brand["id"] == product["brand"])
    return product["msrp"] if brand["currency"] == _retailer(made, store)["currency"] else -1


def _path(made: Network, store: dict, upc: str, path: str) -> str:
    pickup = "bopis" if path == "curbside" else path
    if not store[path] or not store[pickup]:
        return "path_off"
    is_blocked = any((upc, where, pickup) in made.blocked for where in (None, store["company"]))
    return "product_blocked" if is_blocked else ""


def workflow(made: Network, store: dict) -> str | None:
    if any(gate(store) for gate, _ in _gates(made)):
        return None
    pushed = store["pushcart"] and store["fed"] is not None and store["fed"] < _PUSHED
    return "pushcart" if pushed else "standard"


def answers_by(made: Network, store: dict) -> datetime | None:
    way = workflow(made, store)
    return None if way is None else _counted(_key(store["hours"]), _PUSHCART if way == "pushcart" else _STANDARD)


def _told(made: Network, store: dict, offers: list[tuple]) -> tuple:
    """Its id, whether it is open and until when it stays so, by whom and when an order is answered, and its offers."""
    is_open, until = _opening(_key(store["hours"]))
    return store["id"], is_open, until, workflow(made, store), answers_by(made, store), offers


def _retailer(made: Network, store: dict) -> dict:
    return next(retailer for retailer in made.retailers if retailer["id"] == store["company"])


def _column(made: Network, of) -> np.ndarray:
    return np.array([of(store) for store in made.stores])


# Of the few hours that stores keep each is counted once.
_HOURS_OF: dict[str, Hours] = {}


def _key(hours: Hours) -> str:
    key = f"{hours.zone} {hours.text}"
    _HOURS_OF[key] = hours
    return key


@lru_cache
def _opening(key: str) -> tuple[bool, datetime | None]:
    hours = _HOURS_OF[key]
    return hours.is_open(NOW), minutes.next_change(hours, NOW, _HORIZON)


@lru_cache
def _counted(key: str, open_for: timedelta) -> datetime | None:
    return minutes.deadline(_HOURS_OF[key], NOW, open_for, _HORIZON)
