"""A national network to search in: stores where postcodes lie, and stock whose products are spread by Zipf's law."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import zipcodes
from numpy.typing import NDArray

from bench.report import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

RETAILERS = 1000
COMMON, RARE, NOBODYS = "100000000007", "100000000014", "100000000021"
_FIRST_OTHER = 200_000_000_000  # as numbers go: their check digits are nobody's concern
_RARE_IN = 20
# What the bare handler and the others beside it ask: a row a product, as anybody would write it down.
_PLAIN = """
CREATE TABLE bench_stock AS SELECT store_id, upc, on_hand, taken, price FROM inventory_line;
ALTER TABLE bench_stock ADD PRIMARY KEY (store_id, upc);
CREATE INDEX ON bench_stock (upc)
"""

_Lines = tuple[NDArray[np.int64], NDArray[np.int64]]  # stores, GTINs


@dataclass(frozen=True)
class Nation:
    brand_id: int
    key: str
    common_in: int
    rows: int


def build(stores: int, rows: int) -> Nation:
    """Writes it into the database that Django is set up for."""
    from django.db import connection

    with connection.cursor() as cursor:
        # No triggers: what they write is for those who run already, and a load of millions needs no check of each row.
        cursor.execute("SET session_replication_role = replica")
        progress(f"{stores:,} stores")
        brand_id, key, ids = _stores(stores)
        progress(f"{rows:,} products on shelves")
        written = _write(cursor, ids, rows)
        cursor.execute("SET session_replication_role = origin")
        progress("the same, a row each")
        cursor.execute(_PLAIN)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Nation(brand_id, key, stores * 2 // 3, written)


def _stores(count: int) -> tuple[int, str, NDArray[np.int64]]:
    from pushcart.companies.models import Company, Dealer, Endpoint, StripeAccount
    from pushcart.inventory.models import Freshness
    from pushcart.kit import clock
    from pushcart.stores.models import Store, TaxRate
    from tests import network

    brand = network.brand()
    shops = Company.objects.bulk_create(
        Company(kind="retailer", name=f"Shop {n}", slug=f"shop-{n}", billing_payment_method="pm")
        for n in range(RETAILERS)
    )
    StripeAccount.objects.bulk_create(
        StripeAccount(company=shop, account_id=f"acct_{shop.pk}", charges_enabled=True) for shop in shops
    )
    Endpoint.objects.bulk_create(Endpoint(company=s, url="https://shop.example/", state="working") for s in shops)
    Dealer.objects.bulk_create(Dealer(brand=brand, retailer=shop) for shop in shops)
    for upc in (COMMON, RARE, NOBODYS):
        network.product(brand, upc)
    draw = np.random.default_rng(7)
    lats, lngs = _places(draw, count)
    stores = Store.objects.bulk_create(
        (
            Store(
                company=shops[n % RETAILERS], number=str(n), name=f"Store {n}", address=f"{n} Main St", city="Town",
                state="TX", zip="78701", phone="+15125550100", lat=lat, lng=lng, timezone="America/Chicago",
                hours="Mo-Sa 09:00-20:00; Su 10:00-18:00", pushcart=True, delivery=True, delivery_radius_km=25,
            )
            for n, (lat, lng) in enumerate(zip(lats.tolist(), lngs.tolist(), strict=True))
        ),
        batch_size=2000,
    )  # fmt: skip
    at = clock.now()
    TaxRate.objects.bulk_create(
        (TaxRate(store=s, rate="0.08", valid_from=at - timedelta(days=9)) for s in stores), batch_size=5000
    )
    fed = (Freshness(store=s, fed_at=at, counted_at=at, snapshot=1) for s in stores)
    Freshness.objects.bulk_create(fed, batch_size=5000)
    return brand.pk, network.key(brand)[1], np.array([store.pk for store in stores])


def _places(draw: np.random.Generator, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where postcodes of the mainland lie, and a little beside."""
    found = [(float(z["lat"]), float(z["long"])) for z in zipcodes.list_all() if z["country"] == "US"]
    mainland = np.array([place for place in found if 24 < place[0] < 50 and -125 < place[1] < -66])  # noqa: PLR2004 degrees
    chosen = mainland[draw.integers(0, len(mainland), count)] + draw.normal(0, 0.03, (count, 2))
    return chosen[:, 0], chosen[:, 1]


def _write(cursor: Any, ids: NDArray[np.int64], rows: int) -> int:
    """As a first feed of each store does; how many there are."""
    from pushcart.inventory.feed.packs import WRITE, packs

    blocks = list(_stock(ids, rows))
    stores, upcs = (np.concatenate([block[column] for block in blocks]) for column in (0, 1))
    order = np.lexsort((upcs, stores))
    draw = np.random.default_rng(13)
    lines = pl.DataFrame({
        "store_id": stores[order],
        "upc": upcs[order],
        "qty": draw.integers(1, 50, len(order), dtype=np.int32),
        "price": draw.integers(500, 50_000, len(order)),
    })  # fmt: skip
    for (store_id,), shelf in lines.partition_by("store_id", as_dict=True, maintain_order=True).items():
        with cursor.copy(WRITE) as copy:
            for piece in packs(int(store_id), shelf, snapshot=1):
                copy.write(piece)
    return lines.height


def _stock(ids: NDArray[np.int64], rows: int) -> Iterator[_Lines]:
    """The common product first, the rare one, then others, each in fewer stores than the one before."""
    draw = np.random.default_rng(11)
    common = len(ids) * 2 // 3
    for product, many in ((COMMON, common), (RARE, _RARE_IN)):
        yield draw.permutation(ids)[:many], np.full(many, int(product))
    # Zipf's law with an exponent that spreads the rows over half a million products.
    ranks = np.arange(2, 2_000_000)
    many_of = np.maximum(1, (common / ranks**0.6).round()).astype(np.int64)
    ranks = ranks[: many_of.cumsum().searchsorted(rows - common - _RARE_IN) + 1]
    for part in np.array_split(np.arange(len(ranks)), max(1, rows // 200_000)):
        yield _spread(draw, ids, _FIRST_OTHER + ranks[part], many_of[part])


def _spread(
    draw: np.random.Generator, ids: NDArray[np.int64], upcs: NDArray[np.int64], many: NDArray[np.int64]
) -> _Lines:
    """Each product in so many stores: every k-th from somewhere on, so that none comes twice and none is preferred."""
    product = np.repeat(np.arange(len(upcs)), many)
    within = np.arange(len(product)) - np.repeat(many.cumsum() - many, many)
    first, step = draw.integers(0, len(ids), len(upcs)), len(ids) // many
    return ids[(first[product] + step[product] * within) % len(ids)], upcs[product]
