"""A random network as the index would know it, made without a database."""

from __future__ import annotations

import numpy as np

from pushcart.eligibility.facts import Facts
from pushcart.locator.calendar import calendar
from pushcart.locator.gates import offers
from pushcart.locator.index.chart import Chart
from pushcart.locator.index.products import Products
from pushcart.locator.index.shelves import Shelves
from pushcart.locator.index.state import State
from pushcart.locator.records import Product, Store
from tests.locator.random_network import NOW, PATHS


def state_of(made):
    chart = Chart([store_of(made, row) for row in made.stores])
    stock = [
        (int(upc), chart.slot_of[store], shelf)
        for (store, upc), shelf in made.stock.items()
        if shelf["qty"] and not shelf["hidden"]
    ]
    shelves = Shelves(
        np.array([upc for upc, _, _ in stock], dtype=np.int64),
        np.array([slot for _, slot, _ in stock], dtype=np.int32),
        np.array([shelf["qty"] for _, _, shelf in stock], dtype=np.int32),
        np.array([-1 if shelf["price"] is None else shelf["price"] for _, _, shelf in stock], dtype=np.int64),
    )
    dealers = {brand["id"]: frozenset(r for b, r in made.dealers if b == brand["id"]) for brand in made.brands}

    async def read(wanted):
        named = [p for upc in wanted.upcs for p in made.products if p["upc"] == upc]
        styled = [
            p for p in made.products if wanted.style and (p["style"], p["brand"]) == (wanted.style, wanted.brand_id)
        ]
        rows = named + sorted((p for p in styled if p not in named), key=lambda p: p["upc"])
        return {row["upc"]: product_of(made, row) for row in rows}

    return State(chart, shelves, dealers, Products(read))


def store_of(made, row):
    retailer = next(r for r in made.retailers if r["id"] == row["company"])
    facts = Facts(
        store_id=row["id"],
        company_id=row["company"],
        closed=row["closed"],
        activated=row["pushcart"],
        taxed_from=row["taxed_from"],
        has_billing=bool(retailer["billing"]),
        account_id="acct" if retailer["account"] else None,
        charges_enabled=retailer["account"] != "disabled",
        disabled_reason="",
        deauthorized=retailer["account"] == "gone",
        fed_at=None if row["fed"] is None else NOW - row["fed"],
        counted_at=None if row["fed"] is None else NOW - row["fed"],
        endpoint_states=["working"],
    )
    return Store(
        facts, "1", "A store", "1 Main St", "Austin", "TX", "78701", "US", "", row["lat"], row["lng"],
        row["hours"].zone,
        row["radius"], 0, "A retailer", "a-retailer", retailer["currency"],
        offers(**{path: row[path] for path in PATHS}), calendar(row["hours"].text, row["hours"].zone, "US", "TX"),
    )  # fmt: skip


def product_of(made, row):
    brand = next(b for b in made.brands if b["id"] == row["brand"])
    shut = tuple((where, path) for upc, where, path in made.blocked if upc == row["upc"])
    return Product(
        row["upc"], row["id"], brand["id"], "B", brand["currency"], "P", row["style"], "", "", "", row["msrp"], shut
    )
