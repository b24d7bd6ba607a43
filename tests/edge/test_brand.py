from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pushcart.catalog.models import Product
from pushcart.inventory.models import Freshness
from tests import network

GRILL, TOWEL = network.GRILL, network.TOWEL


@pytest.fixture
def brand(transactional_db):
    return network.brand()


@pytest.fixture
def stores(brand):
    """One with grills and towels, one with a grill only reserved there, one whose dealer is not authorized."""
    network.product(brand)
    network.product(brand, TOWEL)
    made = [network.whole_store(), network.whole_store(bopis=False), network.whole_store()]
    for n, store in enumerate(made):
        network.dealer(brand, store.company, authorized=n < 2)
        network.stock(store)
    network.stock(made[0], TOWEL)
    network.whole_store(made[0].company, closed=True)
    return made


@pytest.fixture
def get(edge, brand):
    secret = network.key(brand)[1]
    return lambda path, **query: edge.get(
        f"/api/v2/brand/{brand.pk}/{path}", params=query, headers={"Locally-API-Token": secret}
    )


def test_it_lists_the_stores_that_the_brand_shows(get, stores, brand):
    answer = get("stores")

    assert answer.status_code == 200
    body = answer.json()
    assert (body["total"], body["offset"]) == (2, 0)
    first = stores[0]
    assert body["results"][0] == {
        "store_id": first.pk,
        "name": first.name,
        "slug": f"{first.company.slug}-{first.pk}",
        "address": first.address,
        "city": "Austin",
        "state": "TX",
        "zip": "78701",
        "country": "US",
        "phone": "+15125550100",
        "lat": "30.2672",
        "lng": "-97.7431",
        "company_id": first.company_id,
        "company_name": first.company.name,
        "vendor_id": first.number,
        "brand_slug": brand.slug,
        "brand_bw_logo": "",
        "rating": None,
        "categories": [],
        "store_url": "",
        "is_charge_capable": 1,
        "is_hold_capable": 1,
        "is_delivery_capable": 1,
        "is_dropship_capable": 0,
    }
    assert body["results"][1]["is_charge_capable"] == 0
    page = get("stores", limit=1, offset=1).json()
    assert (page["total"], page["offset"], page["results"][0]["store_id"]) == (2, 1, stores[1].pk)


def test_it_lists_the_stores_that_have_a_product(get, stores):
    both = get(f"upc/{TOWEL}|0{GRILL}/stores").json()
    assert [(row["store_id"], [u["upc"] for u in row["in_stock_upcs"]]) for row in both["results"]] == [
        (stores[0].pk, [TOWEL, GRILL]),
        (stores[1].pk, [GRILL]),
    ]
    assert get(f"upc/{TOWEL}/stores").json()["total"] == 1
    Freshness.objects.update(fed_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert get(f"upc/{GRILL}/stores").json() == {"total": 0, "offset": 0, "results": []}


def test_it_lists_dealers_with_what_they_have(get, stores):
    body = get("dealers").json()

    assert body["properties"] == {"page": 0, "per_page": 50, "total": 3, "total_pages": 1}
    rows = [
        (row["store_name"], row["authorized"], row["count_of_brand_upcs_in_stock"], row["ropis"], row["bopis"])
        for row in body["content"]
    ]
    assert rows == [
        (stores[0].name, "true", "2", "1", "1"),
        (stores[1].name, "true", "1", "1", "0"),
        (stores[2].name, "false", "1", "1", "1"),
    ]
    assert get("dealers/1").json()["content"] == []


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("stores", {"limit": "0"}, "invalid_limit"),
        ("stores", {"limit": "101"}, "invalid_limit"),
        ("stores", {"offset": "-1"}, "invalid_offset"),
        ("upc/12/stores", {}, "invalid_upc"),
        ("upc/||/stores", {}, "invalid_upc"),
        ("dealers/x", {}, "invalid_page"),
    ],
)
def test_it_names_the_field_that_is_wrong(get, path, query, code):
    answer = get(path, **query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


def test_another_brand_is_not_even_there(edge, brand, stores):
    strangers = [network.key(network.brand())[1], network.key(stores[0].company)[1]]
    for secret in strangers:
        answer = edge.get(f"/api/v2/brand/{brand.pk}/stores", headers={"Locally-API-Token": secret})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "brand_not_found")
    assert edge.get(f"/api/v2/brand/{brand.pk}/stores").status_code == 401


def test_the_open_feed_shows_the_map_that_is_looked_at(edge, brand, stores):
    stores[1].hours, stores[1].lat = "Mo-Fr 09:30-18:00; Sa 00:00-24:00", 40.0
    stores[1].save()

    def markers(**query):
        answer = edge.get("/stores/conversion_data", params={"company_id": brand.pk, "upc": TOWEL, **query})
        assert answer.status_code == 200
        return answer.json()["markers"]

    assert [(row["id"], row["stock_status"]) for row in markers(map_center_lat="40", map_center_lng="-97")] == [
        (stores[1].pk, 0),
        (stores[0].pk, 3),
    ]
    [row] = markers(map_sw_lat="39", map_ne_lat="41")
    # Of one store wherever it is; of one retailer.
    assert [row["id"] for row in markers(only_store_id=stores[0].pk, map_sw_lat="39", map_ne_lat="41")] == [
        stores[0].pk
    ]
    assert [row["id"] for row in markers(only_retailer_id=stores[1].company_id)] == [stores[1].pk]
    assert markers(only_store_id=stores[2].pk) == []
    [row] = markers(map_sw_lat="39", map_ne_lat="41")
    week = {name: row[f"{name}"] for name in row if "_time_" in name}
    assert week["mon_time_open"], week["mon_time_close"] == (930, 1800)
    assert (week["sat_time_open"], week["sat_time_close"]) == (100, 2359)
    assert (week["sun_time_open"], week["sun_time_close"]) == (0, 0)
    assert len(week) == 14


def test_the_open_feed_knows_styles_and_colors_and_other_brands_dealers(edge, brand, stores):
    Product.objects.filter(upc=GRILL).update(style="kettle", color="Black")
    Product.objects.filter(upc=TOWEL).update(style="towel", color="Black")
    other = network.brand()
    network.dealer(other, stores[2].company)

    def stocking(**query):
        answer = edge.get("/stores/conversion_data", params=query).json()
        return {row["id"] for row in answer["markers"] if row["stock_status"] == 3}

    first, second, third = (store.pk for store in stores)
    assert stocking(company_id=brand.pk, color="black") == {first, second}
    assert stocking(company_id=brand.pk, color="black", style="towel") == {first}
    assert stocking(company_id=brand.pk, color="red") == set()
    assert stocking(company_id=brand.pk) == set()
    # The dealers are the other brand's, the products are this one's.
    assert stocking(company_id=brand.pk, dealers_company_id=other.pk, style="kettle") == {third}
    assert stocking(company_id=other.pk, dealers_company_id=other.pk, style="kettle") == set()
    assert stocking(dealers_company_id=brand.pk, upc=GRILL) == {first, second}
    many = [Product(brand=brand, upc=f"{n:012}", name="P", color="Blue") for n in range(10**6, 10**6 + 250)]
    Product.objects.bulk_create(many)
    network.stock(stores[1], many[-1].upc)
    assert stocking(company_id=brand.pk, color="blue") == {second}

    refused = edge.get("/stores/conversion_data", params={"company_id": brand.pk, "only_store_id": "x"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_only_store_id")
