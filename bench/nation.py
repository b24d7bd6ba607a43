"""A national network to search in: stores where postcodes lie, and stock whose products are spread by Zipf's law."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import zipcodes

from bench.report import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

RETAILERS = 1000
COMMON, RARE, NOBODYS = "100000000007", "100000000014", "100000000021"
_FIRST_OTHER = 200_000_000_000  # as numbers go: their check digits are nobody's concern
_RARE_IN = 20
# A row in COPY's binary form.
_ROW = np.dtype([
    ("fields", ">i2"),
    ("_1", ">i4"), ("store", ">i8"), ("_2", ">i4"), ("upc", "S12"), ("_3", ">i4"), ("on_hand", ">i4"),
    ("_4", ">i4"), ("price", ">i8"), ("_5", ">i4"), ("snapshot", ">i8"),
])  # fmt: skip
_COPY = "COPY inventory_stock (store_id, upc, on_hand, price, snapshot) FROM STDIN (FORMAT binary)"


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
        indexes = _dropped(cursor)
        with cursor.copy(_COPY) as copy:
            copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
            written = 0
            for block in _stock(ids, rows):
                copy.write(block.tobytes())
                written += len(block)
            copy.write(b"\xff\xff")
        progress("its indexes")
        for definition in indexes:
            cursor.execute(definition)
        cursor.execute("SET session_replication_role = origin")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE inventory_stock")
        cursor.execute("ANALYZE")
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


def _dropped(cursor: Any) -> list[str]:
    """Takes the table's indexes away, which a load of millions makes faster anew; what makes each again."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'inventory_stock'::regclass AND contype = 'p'"
    )
    [(key, made)] = cursor.fetchall()
    cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'inventory_stock'")
    others = [(name, definition) for name, definition in cursor.fetchall() if name != key]
    cursor.execute(f"ALTER TABLE inventory_stock DROP CONSTRAINT {key}")
    for name, _ in others:
        cursor.execute(f"DROP INDEX {name}")
    return [f"ALTER TABLE inventory_stock ADD CONSTRAINT {key} {made}", *(definition for _, definition in others)]


def _stock(ids: NDArray[np.int64], rows: int) -> Iterator[NDArray[Any]]:
    """The common product first, the rare one, then others, each in fewer stores than the one before."""
    draw = np.random.default_rng(11)
    common = len(ids) * 2 // 3
    yield _rows(draw, COMMON.encode(), draw.permutation(ids)[:common])
    yield _rows(draw, RARE.encode(), draw.permutation(ids)[:_RARE_IN])
    # Zipf's law with an exponent that spreads the rows over half a million products.
    ranks = np.arange(2, 2_000_000)
    many = np.maximum(1, (common / ranks**0.6).round()).astype(np.int64)
    ranks = ranks[: many.cumsum().searchsorted(rows - common - _RARE_IN) + 1]
    for part in np.array_split(np.arange(len(ranks)), max(1, rows // 200_000)):
        yield _spread(draw, ids, _FIRST_OTHER + ranks[part], many[part])


def _spread(
    draw: np.random.Generator, ids: NDArray[np.int64], upcs: NDArray[np.int64], many: NDArray[np.int64]
) -> NDArray[Any]:
    """Each product in so many stores: every k-th from somewhere on, so that none comes twice and none is preferred."""
    product = np.repeat(np.arange(len(upcs)), many)
    within = np.arange(len(product)) - np.repeat(many.cumsum() - many, many)
    first, step = draw.integers(0, len(ids), len(upcs)), len(ids) // many
    at = (first[product] + step[product] * within) % len(ids)
    return _rows(draw, upcs.astype("S12")[product], ids[at])


def _rows(draw: np.random.Generator, upc: bytes | NDArray[np.bytes_], stores: NDArray[np.int64]) -> NDArray[Any]:
    block = np.zeros(len(stores), dtype=_ROW)
    block["fields"] = 5
    for name, length in (("_1", 8), ("_2", 12), ("_3", 4), ("_4", 8), ("_5", 8)):
        block[name] = length
    block["store"], block["upc"], block["snapshot"] = stores, upc, 1
    block["on_hand"] = draw.integers(1, 50, len(stores))
    block["price"] = draw.integers(500, 50_000, len(stores))
    return block
