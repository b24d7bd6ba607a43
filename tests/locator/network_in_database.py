"""A random network written into the database."""

from __future__ import annotations

from collections import defaultdict

from pushcart.catalog.models import BlockedPath, Product
from pushcart.companies.models import Company, Dealer, StripeAccount
from pushcart.inventory.models import Freshness, Packed, Stock
from pushcart.stores.models import Store, TaxRate
from tests import network
from tests.locator.random_network import NOW, PATHS

PACK = 3  # lines


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
    for retailer in made.retailers:
        network.endpoint(Company.objects.get(pk=retailer["id"]))
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
    Product.objects.bulk_create(
        Product(id=p["id"], upc=p["upc"], brand_id=p["brand"], name="P", style=p["style"], msrp=p["msrp"])
        for p in made.products
    )
    id_of = {p["upc"]: p["id"] for p in made.products}
    BlockedPath.objects.bulk_create(
        BlockedPath(product_id=id_of[upc], retailer_id=where, path=path) for upc, where, path in made.blocked
    )
    for store in made.stores:
        write_store(store)
    write_stock(made.stock)


def write_store(store):
    """The store with its hours, its tax rate and its freshness, without its stock."""
    Store.objects.create(
        id=store["id"], company_id=store["company"], number=str(store["id"]), name="A store", country="US",
        **details_of(store),
    )  # fmt: skip
    if store["taxed_from"]:
        TaxRate.objects.create(store_id=store["id"], rate=0, valid_from=store["taxed_from"])
    if store["fed"] is not None:
        fed_at = NOW - store["fed"]
        Freshness.objects.create(store_id=store["id"], fed_at=fed_at, counted_at=fed_at, snapshot=1)


def details_of(store):
    return {
        "lat": store["lat"], "lng": store["lng"], "closed": store["closed"], "pushcart": store["pushcart"],
        "timezone": store["hours"].zone, "hours": store["hours"].text, "delivery_radius_km": store["radius"],
        "safety_stock": store["safety"], **{path: store[path] for path in PATHS},
    }  # fmt: skip


def write_stock(stock):
    """Some of it as rows, the others packed; and behind some rows a pack that says what was once."""
    rows = {key: shelf for key, shelf in stock.items() if shelf["hidden"] or int(key[1]) % 4 < 2}
    Stock.objects.bulk_create(stock_of(store, upc, shelf) for (store, upc), shelf in rows.items())
    lines = defaultdict(list)
    for (store, upc), shelf in sorted(stock.items(), key=lambda line: int(line[0][1])):
        if (store, upc) not in rows:
            lines[store].append((int(upc), shelf["qty"] + 2 if shelf["qty"] else 0, shelf["price"]))
        elif int(upc) % 2:
            lines[store].append((int(upc), 99, 1))
    for store, told in lines.items():
        for at in range(0, len(told), PACK):
            numbers, on_hand, prices = zip(*told[at : at + PACK], strict=True)
            Packed.objects.create(
                store_id=store, first=numbers[0], numbers=list(numbers), on_hand=list(on_hand),
                prices=[-1 if price is None else price for price in prices], snapshot=1,
            )  # fmt: skip


def stock_of(store_id, upc, shelf):
    """Of what stands there one is ordered and two are kept back: what can be sold is what the network says."""
    return Stock(
        store_id=store_id, upc=upc, on_hand=shelf["qty"] + 3 if shelf["qty"] else 1, taken=1, hidden=shelf["hidden"],
        price=shelf["price"], snapshot=1,
    )  # fmt: skip
