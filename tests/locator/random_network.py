"""Random networks, and what a search has to find in them: worked out store by store, by code of its own."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from stdnum.ean import calc_check_digit

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
PATHS = ("bopis", "ropis", "delivery", "curbside")
_HOUR = timedelta(hours=1)
_AGES = [
    None,
    0 * _HOUR,
    23 * _HOUR,
    24 * _HOUR,
    71 * _HOUR,
    72 * _HOUR - timedelta(microseconds=1),
    72 * _HOUR,
    90 * _HOUR,
]
_TAXED = [None, NOW + timedelta(microseconds=1), NOW, NOW - 1000 * _HOUR]
_ACCOUNTS = [None, "gone", "disabled", "fine"]
_MIDDLES = [(30.0, -97.0), (-17.0, 179.99), (89.9, 10.0), (51.5, 0.0)]


@dataclass
class Network:
    seed: int
    retailers: list[dict] = field(default_factory=list)
    brands: list[dict] = field(default_factory=list)
    dealers: set[tuple[int, int]] = field(default_factory=set)  # brand, retailer
    products: list[dict] = field(default_factory=list)
    blocked: set[tuple[str, int | None, str]] = field(default_factory=set)  # UPC, retailer, path
    stores: list[dict] = field(default_factory=list)
    stock: dict[tuple[int, str], dict] = field(default_factory=dict)


def network(seed: int, stores: int | None = None) -> Network:
    """Ids count from `seed * 1000`, so that many fit into one database. Most stores are whole: else little is found."""
    draw = random.Random(seed)
    made, dice = Network(seed), _Dice(draw, iter(range(seed * 1000 + 1, seed * 1000 + 1000)))
    _companies(made, dice)
    _products(made, dice)
    _stores(made, dice, draw.randint(1, 40) if stores is None else stores)
    for store in made.stores:
        for product in made.products:
            if draw.random() < draw.choice([0.3, 0.95]):
                shelf = {"qty": dice.mostly(draw.randint(1, 9), [0]), "price": dice.mostly(1999, [None])}
                made.stock[store["id"], product["upc"]] = shelf
    return made


class _Dice:
    def __init__(self, draw: random.Random, ids: Iterator[int]) -> None:
        self.draw, self._ids, self._whole = draw, ids, draw.choice([0.5, 0.9, 0.97])

    def id(self) -> int:
        return next(self._ids)

    def mostly(self, good, bad):
        return good if self.draw.random() < self._whole else self.draw.choice(bad)


def _companies(made: Network, dice: _Dice) -> None:
    for _ in range(dice.draw.randint(1, 4)):
        made.retailers.append(
            {
                "id": dice.id(),
                "currency": dice.mostly("usd", ["cad"]),
                "account": dice.mostly("fine", _ACCOUNTS),
                "billing": dice.mostly("pm_card", [""]),
            }
        )
    for _ in range(dice.draw.randint(1, 3)):
        made.brands.append({"id": dice.id(), "currency": dice.mostly("usd", ["cad"])})
    for brand in made.brands:
        made.dealers |= {(brand["id"], shop["id"]) for shop in made.retailers if dice.draw.random() < 0.7}


def _products(made: Network, dice: _Dice) -> None:
    for _ in range(dice.draw.randint(1, 3)):
        digits = f"{dice.id():011d}"
        made.products.append(
            {
                "id": dice.id(),
                "upc": digits + calc_check_digit(digits),
                "brand": dice.draw.choice(made.brands)["id"],
                "style": dice.draw.choice(["", "kettle"]),
                "msrp": dice.mostly(5000, [None]),
            }
        )
    for product in made.products:
        for path in ("bopis", "ropis", "delivery"):
            where = dice.mostly("nowhere", [None, dice.draw.choice(made.retailers)["id"]])
            if where != "nowhere":
                made.blocked.add((product["upc"], where, path))


def _stores(made: Network, dice: _Dice, count: int) -> None:
    draw = dice.draw
    lat, lng = draw.choice(_MIDDLES)
    for _ in range(count):
        spread = draw.choice([0.0, 0.05, 1.0, 15.0])
        made.stores.append(
            {
                "id": dice.id(),
                "company": draw.choice(made.retailers)["id"],
                "lat": min(lat + draw.uniform(-spread, spread), 90.0),
                "lng": (lng + draw.uniform(-spread, spread) + 180) % 360 - 180,
                "closed": dice.mostly(False, [True]),
                "taxed_from": dice.mostly(_TAXED[3], _TAXED),
                "fed": dice.mostly(_HOUR, _AGES),
                **{path: dice.mostly(True, [False]) for path in PATHS},
                "radius": draw.choice([0.0, 5.0, 50.0]),
            }
        )


def question(made: Network) -> dict:
    """What to ask of it, as `Wanted` has it."""
    draw = random.Random(made.seed)
    near = draw.choice(made.stores)
    style = draw.random() < 0.3
    asked = {
        "lat": max(-90.0, min(90.0, near["lat"] + draw.choice([0.0, 0.1, 20.0]))),
        "lng": near["lng"],
        "upcs": ()
        if style
        else tuple(p["upc"] for p in draw.sample(made.products, draw.randint(1, len(made.products)))),
        "style": "kettle" if style else "",
        "brand_id": draw.choice([*(brand["id"] for brand in made.brands), *([] if style else [None, None])]),
        "limit": draw.choice([1, 3, 100]),
        "offset": draw.choice([0, 0, 2]),
        "within_km": draw.choice([None, None, 3.0, 100.0]),
        "in_stock": draw.random() < 0.7,
        "paths": frozenset(draw.choice([(), (), ("delivery",), ("bopis",), ("ropis", "curbside")])),
        "retailer_id": draw.choice([None, None, None, draw.choice(made.retailers)["id"]]),
        "store_ids": None if draw.random() < 0.8 else frozenset(s["id"] for s in made.stores if draw.random() < 0.5),
    }
    if draw.random() < 0.1 and asked["brand_id"]:
        asked |= {"upcs": (), "style": ""}
    return asked


def expected(made: Network, asked: dict) -> list[tuple]:
    """(store id, [(upc, qty, price, stock, (code of each path))]) of each store to be found, in their order."""
    found = []
    wanted = [p for upc in asked["upcs"] for p in made.products if p["upc"] == upc]
    if asked["style"]:
        styled = [p for p in made.products if p["style"] == asked["style"] and p["brand"] == asked["brand_id"]]
        wanted += sorted((p for p in styled if p not in wanted), key=lambda p: p["upc"])
        if not wanted:
            return []
    for store in made.stores:
        km = _km(asked["lat"], asked["lng"], store["lat"], store["lng"])
        if store["closed"] or (asked["within_km"] is not None and km > asked["within_km"]):
            continue
        if asked["retailer_id"] not in {None, store["company"]}:
            continue
        if asked["store_ids"] is not None and store["id"] not in asked["store_ids"]:
            continue
        offers = [_offer(made, asked, store, km, product) for product in wanted]
        shown = [(asked["brand_id"] or product["brand"], store["company"]) in made.dealers for product in wanted]
        good = [
            is_shown
            and (not asked["in_stock"] or offer[3] == "in_stock")
            and (not asked["paths"] or any(offer[4][PATHS.index(path)] == "" for path in asked["paths"]))
            for is_shown, offer in zip(shown, offers, strict=True)
        ]
        if any(good) if wanted else (asked["brand_id"], store["company"]) in made.dealers:
            found.append((km, store["id"], offers))
    found.sort(key=lambda one: one[:2])
    return [one[1:] for one in found][asked["offset"] :][: asked["limit"]]


def _offer(made: Network, asked: dict, store: dict, km: float, product: dict) -> tuple:
    retailer = next(r for r in made.retailers if r["id"] == store["company"])
    brand = next(b for b in made.brands if b["id"] == product["brand"])
    shelf = made.stock.get((store["id"], product["upc"]), {"qty": 0, "price": None})
    price = shelf["price"] if shelf["qty"] else None
    if price is None and brand["currency"] == retailer["currency"]:
        price = product["msrp"]
    stale = store["fed"] is None or store["fed"] >= timedelta(hours=72)
    stock = (
        "unknown" if store["fed"] is None else "out_of_stock" if not shelf["qty"] else "stale" if stale else "in_stock"
    )
    causes = [
        ("dealer_not_authorized", ((asked["brand_id"] or product["brand"]), retailer["id"]) not in made.dealers),
        ("tax_rate_missing", store["taxed_from"] is None or store["taxed_from"] > NOW),
        ("stripe_missing", retailer["account"] is None),
        ("stripe_disconnected", retailer["account"] == "gone"),
        ("stripe_charges_disabled", retailer["account"] == "disabled"),
        ("billing_missing", not retailer["billing"]),
        ("stock_stale", stale),
        ("out_of_stock", not shelf["qty"]),
        ("price_missing", price is None),
    ]
    shut = next((code for code, holds in causes if holds), "")
    codes = tuple(shut or _path(made, store, product, path, km) for path in PATHS)
    return product["upc"], shelf["qty"], price, stock, codes


def _path(made: Network, store: dict, product: dict, path: str, km: float) -> str:
    pickup = "bopis" if path == "curbside" else path
    if not store[path] or not store[pickup]:
        return "path_off"
    if any((product["upc"], where, pickup) in made.blocked for where in (None, store["company"])):
        return "product_blocked"
    return "out_of_reach" if path == "delivery" and km > store["radius"] else ""


def _km(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """The haversine formula by its book, to the millimetre."""
    a, b = math.radians(lat), math.radians(other_lat)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(other_lng - lng) / 2) ** 2
    return round(2 * 6371.0088 * math.asin(min(1.0, math.sqrt(h))), 6)
