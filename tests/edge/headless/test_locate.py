from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pushcart.companies.models import ApiKey
from tests import network

HERE = {"lat": "30.2672", "lng": "-97.7431"}
OPEN = {"allowed": True, "reason": "", "code": ""}


@pytest.fixture
def store(transactional_db, clock):
    clock.freeze(datetime(2026, 11, 24, 18, 0, tzinfo=UTC))
    brand = network.brand()
    network.product(brand, style="kettle", color="Black")
    there = network.whole_store(lat=30.3, hours="Mo-Su 09:00-18:00", delivery=False)
    network.dealer(brand, there.company)
    network.stock(there, on_hand=2)
    return there


@pytest.fixture
def locate(store, edge):  # the network first: the index reads it as it starts
    from pushcart.companies.models import Company

    brand = Company.objects.get(kind="brand")
    secret = network.key(brand)[1]

    def asked(headers=None, **query):
        query = {"company_id": brand.pk, "upc": network.GRILL, **HERE, **query}
        headers = {"Locally-API-Token": secret} if headers is None else headers
        return edge.get("/headless/api/1.0/product/locate", params=query, headers=headers)

    return asked


def test_it_tells_of_the_nearest_stores(locate, store):
    answer = locate()

    assert answer.status_code == 200
    assert answer.json()["success"] is True
    data = answer.json()["data"]
    assert data["at"] == "2026-11-24T18:00:00Z"
    [found] = data["markers"]
    labels = found["products"][0].pop("labels")
    assert found == {
        "id": store.pk,
        "name": store.name,
        "lat": "30.300000",
        "lng": "-97.743100",
        "address": store.address,
        "city": "Austin",
        "state": "TX",
        "zip": "78701",
        "country": "US",
        "phone": "+15125550100",
        "timezone": "America/Chicago",
        "company_id": store.company_id,
        "company_name": store.company.name,
        "vendor_id": store.number,
        "user_distance": 2.27,
        "distance_unit": "mi",
        "is_open": 1,
        "opens_at": None,
        "closes_at": "2026-11-25T00:00:00Z",
        "stock": "in_stock",
        "stock_updated_at": "2026-11-24T18:00:00Z",
        "stock_age_seconds": 0,
        "workflow": "pushcart",
        "answers_by": "2026-11-24T20:00:00Z",
        "acquisition_options": {"bopis": 1, "ropis": 1, "delivery": 0, "curbside": 1},
        "products": [
            {
                "upc": network.GRILL,
                "product_id": found["products"][0]["product_id"],
                "name": "Kettle 57 Charcoal Grill",
                "qoh": 2,
                "stock": "in_stock",
                "price": 399.0,
                "currency": "usd",
            }
        ],
    }
    assert labels == {
        "bopis": {"label": "Buy Online, Pick up in Store", **OPEN},
        "ropis": {"label": "Reserve", **OPEN},
        "delivery": {
            "label": "Same-day delivery",
            "allowed": False,
            "reason": "The store does not offer this.",
            "code": "path_off",
        },
        "curbside": {"label": "Curbside pickup", **OPEN},
    }
    assert '"price":399.00,' in answer.text


def test_it_is_asked_in_several_ways(locate):
    def distances(**query):
        return [found["user_distance"] for found in locate(**query).json()["data"]["markers"]]

    assert distances(upc="", style="kettle") == [2.27]
    assert distances(unit="km") == [3.65]
    assert distances(lat="", lng="", zip="78701") == [1.98]
    assert distances(lat="", lng="", q="Austin, TX") == [2.27]
    assert distances(radius="2") == []
    assert distances(paths="sdd") == []
    assert distances(paths="bopis,sdd") == [2.27]
    # No store ships to another one; that this is asked for too takes nothing away.
    assert distances(paths="sts") == []
    assert distances(paths="bopis,sts") == [2.27]
    assert distances(upc="", color="black") == [2.27]
    assert distances(upc="", style="kettle", color="BLACK") == [2.27]
    assert distances(upc="", style="kettle", color="red") == []
    assert distances(upc="", style="pan", color="black") == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"upc": ""}, "Which product? Give upc, style or color."),
        ({"upc": "12"}, "'12' is not a GTIN: it has too few digits."),
        ({"lat": "x"}, "lat and lng are numbers."),
        ({"lat": "nan"}, "nan, -97.7431 lies nowhere on earth: lat is from -90 to 90, lng from -180 to 180."),
        ({"lat": "", "lng": ""}, "Where? Give lat and lng, a US postcode or a city."),
        ({"limit": "0"}, "limit is a number from 1 to 1000."),
        ({"limit": "101"}, "limit is a whole number up to 100."),
        ({"unit": "ly"}, "'ly' is no unit: those are mi and km."),
        ({"paths": "ship"}, "'ship' is no path: those are bopis, ropis, sdd, delivery, curbside, sts."),
        ({"company_id": "0"}, "This caller has no access to company 0."),
    ],
)
def test_it_says_what_is_amiss(locate, query, said):
    answer = locate(**query)
    assert answer.status_code == 200
    assert (answer.json()["success"], answer.json()["msg"]) == (False, said)


def test_a_stranger_is_told_nothing(locate, store):
    assert locate(headers={}).status_code == 401
    assert locate(headers={"Locally-API-Token": "0" * 40}).status_code == 401
    retailers = network.key(store.company)[1]
    refused = locate(headers={"Locally-API-Token": retailers})
    assert (refused.status_code, refused.json()["error_code"]) == (403, 1101)
    ApiKey.objects.update(revoked_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert locate().status_code == 401


def test_a_page_of_the_brands_site_needs_no_key(locate, store):
    slug = store.company.dealer_of.get().brand.slug
    assert locate(headers={"Origin": f"https://www.{slug}.example"}).json()["success"] is True
    assert locate(headers={"Origin": "https://www.other.example"}).status_code == 401
