"""What the demo network's brand makes, and what stands on the shelves of its stores."""

from __future__ import annotations

import csv
import io
import random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

GRILL = "601842495575"


class Good(NamedTuple):
    """A product; `msrp` in cents."""

    upc: str
    name: str
    style: str
    color: str
    size: str
    sku: str
    msrp: int


GOODS = (
    Good(GRILL, "Kettle 57 Charcoal Grill", "Kettle 57", "Black", "57 cm", "EO-K57-BK", 39900),
    Good("601842495582", "Kettle 57 Charcoal Grill", "Kettle 57", "Fir Green", "57 cm", "EO-K57-GR", 41900),
    Good("601842495599", "Kettle 47 Charcoal Grill", "Kettle 47", "Black", "47 cm", "EO-K47-BK", 24900),
    Good("601842495605", "Campfire Portable Grill", "Campfire", "Black", "37 cm", "EO-C37-BK", 11900),
    Good("601842495612", "Chimney Starter", "Chimney", "Steel", "", "EO-CHM", 3495),
    Good("601842495629", "Oak Lump Charcoal", "Oak Lump", "", "10 kg", "EO-OAK-10", 3250),
    Good("601842495636", "Kettle 57 Cover", "Cover", "Black", "57 cm", "EO-CV57", 5900),
    Good("601842495643", "Cast-Iron Griddle", "Griddle", "Black", "30 cm", "EO-GRD", 4400),
    Good("601842495650", "Beechwood Tongs", "Tongs", "Beech", "40 cm", "EO-TNG", 2195),
    Good("601842495667", "Quick-Read Thermometer", "Thermometer", "Red", "", "EO-THM", 3490),
)

# Of what the story orders every store has some, so that it can be told anywhere.
_ALWAYS = 4
_IN_THE_STORY = {GRILL, "601842495582", "601842495605", "601842495612", "601842495643"}


def feed(numbers: Iterable[str]) -> bytes:
    """The combined feed of these stores as their till writes it: the same at every call.

    The grill costs its MSRP everywhere; some stores sell the rest a little cheaper, and some have sold out of it.
    """
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["store", "upc", "qty", "price"])
    for number in numbers:
        drawn = random.Random(f"shelf of {number}")  # noqa: S311 a shelf is no secret
        for good in GOODS:
            qty = drawn.randint(_ALWAYS, 14) if good.upc in _IN_THE_STORY else drawn.choice((0, 2, 5, 8, 20))
            price = good.msrp if good.upc == GRILL else good.msrp - drawn.choice((0, 0, 100))
            rows.writerow([number, good.upc, qty, f"{price / 100:.2f}"])
    return text.getvalue().encode()
