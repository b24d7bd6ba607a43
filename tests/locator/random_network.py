"""Random networks, and what may be asked of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from stdnum.ean import calc_check_digit

from tests.stores.hours.minutes import Hours

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
PATHS = ("bopis", "ropis", "delivery", "curbside")
_HOUR = timedelta(hours=1)
AGES = [
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
_HOURS = [
    Hours("UTC", {day: [(0, 1440)] for day in range(7)}),
    Hours("America/Chicago", {day: [(540, 1080)] for day in range(5)}),
    Hours("Europe/Berlin", {day: [(540, 720), (780, 1080)] for day in range(6)}),
    Hours("America/New_York", {day: [(1080, 1560)] for day in (4, 5)}),  # into the next day
    Hours("Australia/Sydney", {day: [(600, 960)] for day in (5, 6)}),
    Hours("Asia/Kathmandu", {2: [(600, 660)]}),  # an hour a week
    Hours("UTC", {}),
]
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

    @property
    def stranger(self) -> str:
        """A UPC that is nobody's product."""
        return _upc(self.seed * 1000 + 999)


def network(seed: int, stores: int | None = None) -> Network:
    """Ids count from `seed * 1000`, so that many fit into one database. Most stores are whole: else little is found."""
    draw = random.Random(seed)
    made, dice = Network(seed), Dice(draw, iter(range(seed * 1000 + 1, seed * 1000 + 1000)))
    _companies(made, dice)
    _products(made, dice)
    _stores(made, dice, draw.randint(1, 40) if stores is None else stores)
    for store in made.stores:
        for product in made.products:
            if draw.random() < draw.choice([0.3, 0.95]):
                made.stock[store["id"], product["upc"]] = shelf(dice)
        if draw.random() < 0.3:
            # A feed names products that no brand has.
            made.stock[store["id"], made.stranger] = shelf(dice)
    return made


def shelf(dice: Dice) -> dict:
    return {
        "qty": dice.mostly(dice.draw.randint(1, 9), [0]),
        "price": dice.mostly(1999, [None]),
        # A clerk found none.
        "hidden": dice.mostly(False, [True]),
    }


class Dice:
    def __init__(self, draw: random.Random, ids: Iterator[int]) -> None:
        self.draw, self._ids, self._whole = draw, ids, draw.choice([0.5, 0.9, 0.97])

    def id(self) -> int:
        return next(self._ids)

    def mostly(self, good, bad):
        return good if self.draw.random() < self._whole else self.draw.choice(bad)


def _companies(made: Network, dice: Dice) -> None:
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


def _products(made: Network, dice: Dice) -> None:
    for _ in range(dice.draw.randint(1, 3)):
        made.products.append(
            {
                "id": dice.id(),
                "upc": _upc(dice.id()),
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


def _upc(number: int) -> str:
    digits = f"{number:011d}"
    return digits + calc_check_digit(digits)


def _stores(made: Network, dice: Dice, count: int) -> None:
    middle = dice.draw.choice(_MIDDLES)
    made.stores.extend(store(made, dice, middle) for _ in range(count))


def store(made: Network, dice: Dice, middle: tuple[float, float]) -> dict:
    """One somewhere about there."""
    return {
        "id": dice.id(),
        "company": dice.draw.choice(made.retailers)["id"],
        **somewhere(dice, middle),
        "closed": dice.mostly(False, [True]),
        "pushcart": dice.mostly(True, [False]),
        "hours": dice.draw.choice(_HOURS),
        "safety": 2,
        "taxed_from": dice.mostly(_TAXED[3], _TAXED),
        "fed": dice.mostly(_HOUR, AGES),
        **{path: dice.mostly(True, [False]) for path in PATHS},
        "radius": dice.draw.choice([0.0, 5.0, 50.0]),
    }


def somewhere(dice: Dice, middle: tuple[float, float]) -> dict:
    (lat, lng), spread = middle, dice.draw.choice([0.0, 0.05, 1.0, 15.0])
    return {
        "lat": max(-90.0, min(lat + dice.draw.uniform(-spread, spread), 90.0)),
        "lng": (lng + dice.draw.uniform(-spread, spread) + 180) % 360 - 180,
    }


def question(made: Network, draw: random.Random | None = None) -> dict:
    """What to ask of it, as `Wanted` has it."""
    draw = draw or random.Random(made.seed)
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
    if asked["upcs"] and draw.random() < 0.2:
        asked["upcs"] = (*asked["upcs"], made.stranger)
    if draw.random() < 0.1 and asked["brand_id"]:
        asked |= {"upcs": (), "style": ""}
    return asked


def everything(made: Network, asked: dict) -> dict:
    """The same question without anything that narrows it."""
    return asked | {
        "limit": 1000, "offset": 0, "within_km": None, "in_stock": False, "paths": frozenset(), "retailer_id": None,
        "store_ids": None, "style": "", "upcs": (*(product["upc"] for product in made.products), made.stranger),
    }  # fmt: skip
