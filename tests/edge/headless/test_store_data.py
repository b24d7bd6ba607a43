"""The stores around a shopper, at the edge: which are told of, and what is refused."""

from __future__ import annotations

import pytest

from pushcart.inventory.models import Stock
from tests import network
from tests.carts import placing_orders as placing
from tests.carts.placing_orders import GRILL, TOWEL

ADDRESS = "/headless/api/1.0/conversion/store_data"
AUSTIN = {"map_center_lat": "30.2672", "map_center_lng": "-97.7431"}


@pytest.fixture
def stores(transactional_db):
    """Three of one retailer: in Austin with the grill, 9 miles north with none left, and in Denver with the grill."""
    retailer = network.whole_retailer()
    network.dealer(placing.brand(), retailer)
    near = network.whole_store(retailer, name="Near")
    sold_out = network.whole_store(retailer, name="Sold out", lat=30.4, ropis=False)
    far = network.whole_store(retailer, name="Far", lat=39.7392, lng=-104.9903, bopis=False)
    for store in (near, sold_out, far):
        placing.sell(store, style="57")
    Stock.objects.filter(store=sold_out).update(on_hand=0)
    placing.sell(sold_out, TOWEL, style="57")
    return near, sold_out, far


@pytest.fixture
def ask(edge, stores):
    secret = network.key(placing.brand())[1]

    def asked(address=ADDRESS, **params):
        return edge.get(address, params=params, headers={"Locally-Api-Token": secret})

    return asked


def named(response):
    assert response.json()["success"] is True, response.json()
    assert response.headers["cache-control"] == "no-store"
    return [each["name"] for each in response.json()["data"]["markers"]]


def test_it_tells_of_the_nearest_that_have_it(ask):
    assert named(ask(upc=GRILL, **AUSTIN)) == ["Near", "Far"]
    assert named(ask(upc=GRILL, map_distance_diag="50", **AUSTIN)) == ["Near"]
    assert named(ask(upc=GRILL, map_distance_unit="km", map_distance_diag="1300", **AUSTIN)) == ["Near", "Far"]
    assert named(ask(upc=GRILL, map_distance_unit="km", map_distance_diag="1200", **AUSTIN)) == ["Near"]
    assert named(ask(upc=GRILL, limit="1", offset="1", **AUSTIN)) == ["Far"]
    assert named(ask(upc=TOWEL, **AUSTIN)) == ["Sold out"]


def test_it_counts_those_that_are_not_on_the_page(ask):
    def counted(**query):
        data = ask(**query, **AUSTIN).json()["data"]
        return len(data["markers"]), data["total_marker_count"]

    assert counted(upc=GRILL) == (2, 2)
    assert counted(upc=GRILL, limit="1") == (1, 2)
    assert counted(upc=GRILL, limit="1", offset="1") == (1, 2)
    assert counted(upc=GRILL, limit="1", offset="7") == (0, 2)
    assert counted(upc=GRILL, limit="1", map_distance_diag="50") == (1, 1)
    assert counted(limit="2") == (2, 3)


def test_of_a_style_it_tells_what_can_be_bought(ask):
    answer = ask(style="57", **AUSTIN)
    assert named(answer) == ["Near", "Sold out", "Far"]
    data = answer.json()["data"]
    assert data["all_upcs_carried"] == [TOWEL, GRILL]
    assert [each["upc"] for each in data["markers"]] == [GRILL, TOWEL, GRILL]
    assert named(ask(style="99", **AUSTIN)) == []


def test_without_a_product_it_tells_of_all_that_the_brand_shows(ask):
    answer = ask(**AUSTIN)
    assert named(answer) == ["Near", "Sold out", "Far"]
    first = answer.json()["data"]["markers"][0]
    assert (first["upc"], first["price"], first["qoh"], first["labels"]) == ("", None, 0, {})


@pytest.mark.parametrize(
    ("status", "names"),
    [
        ("IN_STOCK", ["Near", "Far"]),
        ("PTP_BOPIS", ["Near"]),
        ("ptp_ropis", ["Near", "Far"]),
        ("IN_STOCK,PTP_BOPIS", ["Near"]),
        ("PTP_STS", []),
    ],
)
def test_it_filters_by_path(ask, status, names):
    assert named(ask(upc=GRILL, status=status, **AUSTIN)) == names
    assert named(ask(upc=GRILL, **{"status[]": status}, **AUSTIN)) == names


def test_of_one_store_it_also_tells_that_it_has_none(ask, stores):
    _, sold_out, _ = stores
    [told] = ask(upc=GRILL, only_store_id=sold_out.pk, map_distance_diag="1").json()["data"]["markers"]
    assert (told["name"], told["qoh"], told["stock_status"], told["stocking_variant"]) == ("Sold out", 0, 0, 0)
    assert told["disclaimer"] == "Item is out of stock."
    assert told["stock_status_constants"][0]["key"] == "PRODUCT_NO_VARIANT_NO_BIL_NO"
    assert told["acquisition_options"] == {"bopis": 0, "ropis": 0, "delivery": 0, "curbside": 0}
    gone = {"allowed": False, "reason": "The store has none left.", "code": "out_of_stock"}
    assert told["labels"]["bopis"] == gone
    assert named(ask(upc=GRILL, only_store_id=2**40)) == []


@pytest.mark.parametrize(
    "params",
    [
        *({}, {"map_center_lat": "30"}, {"map_center_lat": "nan", "map_center_lng": "0"}),
        *({"map_center_lat": "91", "map_center_lng": "0"}, {"map_center_lat": "0", "map_center_lng": "180.1"}),
        *({**AUSTIN, "upc": "12"}, {**AUSTIN, "map_distance_unit": "yd"}, {**AUSTIN, "map_distance_diag": "-1"}),
        *({**AUSTIN, "map_distance_diag": "far"}, {**AUSTIN, "map_distance_diag": "inf"}, {**AUSTIN, "limit": "1001"}),
        *({**AUSTIN, "limit": "ten"}, {**AUSTIN, "only_store_id": "-7"}, {**AUSTIN, "only_store_id": "9" * 19}),
        *({**AUSTIN, "status": "PTP_NOW"}, {**AUSTIN, "style": "a\0b"}),
    ],
)
def test_it_says_what_it_can_not_read(ask, params):
    response = ask(**params)
    assert (response.status_code, response.json()["error_code"]) == (422, 422)
    assert len(response.json()["msg"]) > 10


@pytest.mark.parametrize("params", [{"company_id": "1" * 9}, {"company_id": "x"}, {"company_slug": "nobody"}])
def test_it_tells_nothing_for_another_company(ask, params):
    response = ask(**params, **AUSTIN)
    assert (response.status_code, response.json()["error_code"]) == (200, 1101)


def test_a_place_is_suggested(ask):
    address = "/headless/api/1.0/location/suggest"
    found = ask(address, query="78701").json()["data"]["suggestions"]
    assert (found[0]["value"], found[0]["postcode"]) == ("78701 Austin, TX, US", "78701")
    assert ask(address, query="30.27,-97.74").json()["data"]["suggestions"][0]["data"]["lat"] == 30.27
    assert ask(address, query="Nowhere-upon-Sea").json()["data"]["suggestions"] == []
    assert ask(address, query=" ").status_code == 422
