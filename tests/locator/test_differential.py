"""What the locator finds in random networks is what brute force finds: from the index, and from the database."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import numpy as np
import pytest

from pushcart.catalog.models import BlockedPath
from pushcart.catalog.models import Product as ProductRow
from pushcart.companies.models import Company, Dealer, StripeAccount
from pushcart.edge.database import connect, open_pool
from pushcart.eligibility.facts import Facts
from pushcart.inventory.models import Freshness, Stock
from pushcart.locator.by_index import ByIndex
from pushcart.locator.by_sql import BySql
from pushcart.locator.calendar import calendar
from pushcart.locator.found import Wanted
from pushcart.locator.gates import offers
from pushcart.locator.index.chart import Chart
from pushcart.locator.index.load import load
from pushcart.locator.index.products import Products
from pushcart.locator.index.shelves import Shelves
from pushcart.locator.index.state import State
from pushcart.locator.place import Place
from pushcart.locator.records import Product, Store
from pushcart.locator.search import find
from pushcart.stores.models import Store as StoreRow
from pushcart.stores.models import TaxRate
from tests.locator.random_network import NOW, PATHS, expected, network, question

IN_MEMORY = 1000
IN_THE_DATABASE = 12
HOURS = "Mo-Su 00:00-24:00"


def test_the_index_finds_what_brute_force_finds():
    """All gates, in a thousand networks."""
    seen = Counter()

    async def run():
        for seed in range(1, IN_MEMORY + 1):
            made = network(seed)
            wanted = question(made)
            index = ByIndex(state_of(made))
            # What it remembers from the day before may not mislead it.
            await find(index, wanted_of(wanted), NOW - timedelta(days=1))
            found = plain(await find(index, wanted_of(wanted), NOW))
            assert found == expected(made, wanted), f"network {seed}, {wanted}"
            seen.update(code for _, offered in found for offer in offered for code in offer[4])
            seen["stores"] += len(found)

    asyncio.run(run())
    # Nothing was proved of a gate that was never met.
    assert seen["stores"] > IN_MEMORY
    assert {code for code in seen if seen[code] >= 20} >= {
        "", "dealer_not_authorized", "tax_rate_missing", "stripe_missing", "stripe_disconnected",
        "stripe_charges_disabled", "billing_missing", "stock_stale", "out_of_stock", "price_missing", "path_off",
        "product_blocked", "out_of_reach",
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_database_and_an_index_of_it_find_what_brute_force_finds():
    """Several networks stand in one database, each a stranger to the others."""
    networks = [network(seed, stores=120 if seed % 4 == 0 else None) for seed in range(1, IN_THE_DATABASE + 1)]
    for made in networks:
        write(made)

    async def run():
        async with await open_pool() as pool:
            by_sql = BySql(pool)
            own = await connect()
            _, chart, shelves, dealers = await load(own)
            await own.close()
            by_index = ByIndex(State(chart, shelves, dealers, Products(by_sql.products)))
            for made in networks:
                asked = question(made)
                for asked_now in (asked, asked | {"limit": 100, "offset": 0}, asked | {"within_km": 40.0}):
                    wanted = wanted_of(asked_now)
                    by_force = expected(made, asked_now)
                    assert plain(await find(by_sql, wanted, NOW)) == by_force, f"network {made.seed}, {asked_now}"
                    assert plain(await find(by_index, wanted, NOW)) == by_force, f"network {made.seed}, {asked_now}"

    asyncio.run(run())


def plain(found):
    return [
        (
            hit.store.id,
            [(o.upc, o.qty, o.price, o.stock, tuple(o.labels[path].code for path in PATHS)) for o in hit.offers],
        )
        for hit in found.hits
    ]


def wanted_of(asked):
    asked = dict(asked)
    return Wanted(place=Place(asked.pop("lat"), asked.pop("lng")), **asked)


def state_of(made):
    chart = Chart([store_of(made, row) for row in made.stores])
    stock = [(int(upc), chart.slot_of[store], shelf) for (store, upc), shelf in made.stock.items() if shelf["qty"]]
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
        activated=True,
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
        facts, "1", "A store", "1 Main St", "Austin", "TX", "78701", "US", "", row["lat"], row["lng"], "UTC",
        row["radius"], 0, "A retailer", "a-retailer", retailer["currency"],
        offers(**{path: row[path] for path in PATHS}), calendar(HOURS, "UTC", "US", "TX"),
    )  # fmt: skip


def product_of(made, row):
    brand = next(b for b in made.brands if b["id"] == row["brand"])
    shut = tuple((where, path) for upc, where, path in made.blocked if upc == row["upc"])
    return Product(
        row["upc"], row["id"], brand["id"], "B", brand["currency"], "P", row["style"], "", "", "", row["msrp"], shut
    )


def write(made):
    Company.objects.bulk_create([
        *(
            Company(
                id=r["id"], kind="retailer", name="R", slug=f"r{r['id']}", currency=r["currency"],
                billing_payment_method=r["billing"],
            )
            for r in made.retailers
        ),
        *(Company(id=b["id"], kind="brand", name="B", slug=f"b{b['id']}", currency=b["currency"]) for b in made.brands),
    ])  # fmt: skip
    StripeAccount.objects.bulk_create(
        StripeAccount(
            company_id=r["id"],
            account_id=f"acct_{r['id']}",
            charges_enabled=r["account"] != "disabled",
            deauthorized_at=NOW if r["account"] == "gone" else None,
        )
        for r in made.retailers
        if r["account"]
    )
    Dealer.objects.bulk_create(Dealer(brand_id=brand, retailer_id=retailer) for brand, retailer in made.dealers)
    ProductRow.objects.bulk_create(
        ProductRow(id=p["id"], upc=p["upc"], brand_id=p["brand"], name="P", style=p["style"], msrp=p["msrp"])
        for p in made.products
    )
    id_of = {p["upc"]: p["id"] for p in made.products}
    BlockedPath.objects.bulk_create(
        BlockedPath(product_id=id_of[upc], retailer_id=where, path=path) for upc, where, path in made.blocked
    )
    StoreRow.objects.bulk_create(
        StoreRow(
            id=s["id"], company_id=s["company"], number=str(s["id"]), name="A store", lat=s["lat"], lng=s["lng"],
            timezone="UTC", hours=HOURS, closed=s["closed"], pushcart=True, delivery_radius_km=s["radius"],
            # Two are kept back: what can be sold is what the network says.
            safety_stock=2, **{path: s[path] for path in PATHS},
        )
        for s in made.stores
    )  # fmt: skip
    TaxRate.objects.bulk_create(
        TaxRate(store_id=s["id"], rate=0, valid_from=s["taxed_from"]) for s in made.stores if s["taxed_from"]
    )
    Freshness.objects.bulk_create(
        Freshness(store_id=s["id"], fed_at=NOW - s["fed"], counted_at=NOW - s["fed"], snapshot=1)
        for s in made.stores
        if s["fed"] is not None
    )
    Stock.objects.bulk_create(
        Stock(store_id=store, upc=upc, on_hand=shelf["qty"] + 3, taken=1, price=shelf["price"], snapshot=1)
        for (store, upc), shelf in made.stock.items()
    )
