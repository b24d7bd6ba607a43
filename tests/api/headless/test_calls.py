"""Calls that the SDK never makes: whatever is sent, the answer is the envelope, and nothing is half done."""

from __future__ import annotations

import pytest

from pushcart.visits import session_id
from pushcart.visits.models import Item, Visit
from tests import network
from tests.carts import placing_orders as placing
from tests.carts.placing_orders import GRILL

pytestmark = pytest.mark.django_db

BASE = "/headless/api/1.0/"
SITE = "www.ember-oak.example"


@pytest.fixture
def store():
    store = placing.store(hours="24/7")
    placing.sell(store)
    return store


@pytest.fixture
def call(client, store):
    headers = {"Locally-Api-Token": network.key(placing.brand())[1], "Locally-Api-Session-Id": session_id.new()}

    def called(method, path, said=None, **more):
        kind = {} if method == "get" else {"content_type": "application/json"}
        return getattr(client, method)(BASE + path, said, headers={**headers, **more}, **kind)

    return called


ODD = [
    ("get", "location/switch/nan/0", {}, 422),
    ("get", "location/switch/1e999/0", {}, 422),
    ("get", "location/switch/thirty/one", {}, 422),
    ("get", "location/switch/٣/٤", {}, 200),  # figures of another script are figures
    ("get", "location/address/suggest", {}, 422),
    ("get", "location/address/suggest", {"query": ", , ,"}, 200),
    ("get", "location/address/validate", {"dropoff_address": "x", "store_id": "1", "upc": "1"}, 422),
    ("get", "conversion/start", {"product_id": "0"}, 422),
    ("get", "conversion/start", {"product_id": str(2**70)}, 422),
    ("get", "conversion/start", {"company_id[a]": "1"}, 200),
    ("get", "conversion/product_data", {"style": "x" * 200}, 422),
    ("get", "cart/items/add", {"store_id": "true", "upc": GRILL}, 422),
    ("get", "cart/items/add", {"store_id": "1", "upc": GRILL, "qty": "0"}, 422),
    ("get", "cart/items/add", {"store_id": "1", "upc": GRILL, "qty": "100"}, 422),
    ("get", "cart/items/add", {"store_id": "1", "upc": GRILL}, 403),
    ("post", "cart", {"items": "all"}, 422),
    ("post", "cart", {"items": []}, 422),
    ("post", "cart", {"items": [{"store_id": 1, "upc": GRILL, "qty": -1}]}, 422),
    ("post", "cart", {"items": [{"store_id": 1, "upc": GRILL, "qty": 1}] * 2}, 200),
    ("post", "cart/order", {}, 422),
    ("post", "cart/order", {"hash": "x" * 17}, 422),
    ("post", "cart/order", {"hash": ["x"]}, 422),
    ("post", "cart/billing", {"firstName": "Ada"}, 422),
    ("post", "cart/validate_email", {"email": "a" * 121}, 422),
    ("post", "analytics", {"type": {"of": "a kind"}}, 200),
    ("get", "cart/order", {}, 405),
    ("delete", "cart", None, 405),
]


@pytest.mark.parametrize(("method", "path", "said", "status"), ODD)
def test_it_answers_whatever_is_sent(call, method, path, said, status):
    response = call(method, path, said)
    body = response.json()
    assert response.status_code == status
    assert body["success"] is True or {"msg", "error_code"} <= set(body)
    assert (Item.objects.count(), response["Content-Type"]) == (0, "application/json")


def test_it_reads_no_malformed_body(call, client):
    key = {"Locally-Api-Token": network.key(placing.brand())[1]}
    broken = client.post(f"{BASE}cart", "{", content_type="application/json", headers=key)
    assert (broken.status_code, broken.json()["error_code"]) == (400, 400)
    other = client.post(f"{BASE}cart", "<a/>", content_type="text/xml", headers=key)
    assert (other.status_code, other.json()["error_code"]) == (415, 415)


def test_a_refused_order_leaves_the_basket(call, store):
    added = call(
        "get", "cart/items/add", {"store_id": store.pk, "upc": GRILL, "hold": "true", "host_domain": SITE}
    ).json()
    basket = added["data"]["cart_hash"]
    nameless = call("post", "cart/order", {"hash": basket, "email": "ada@shopper.example"})
    assert (nameless.status_code, nameless.json()["data"]["faults"][0]["field"]) == (422, "last_name")
    paid = call(
        "post", "cart/order", {"hash": basket, "full_name": "Ada", "email": "a@b.example", "card_token": "pm_x"}
    )
    assert (paid.status_code, paid.json()["data"]["faults"][0]["field"]) == (422, "card_token")
    assert (Item.objects.count(), Visit.objects.get().hash) == (1, basket)


def test_the_basket_decides_what_is_ordered(call, store, transactional_db):
    """Items, store, path and site of the call itself are passed over."""
    basket = call(
        "get", "cart/items/add", {"store_id": store.pk, "upc": GRILL, "hold": "true", "host_domain": SITE}
    ).json()["data"]["cart_hash"]
    sly = {"items": [{"upc": GRILL, "qty": 9, "price_per_unit": 0.01, "store_id": store.pk}], "store_id": 7}
    sly |= {"path_to_purchase": "bopis", "host_domain": "www.evil.example"}
    who = {"hash": basket.lower(), "full_name": "Ada Byron", "email": "ada@shopper.example"}
    placed = call("post", "cart/order", {**who, **sly}).json()
    cart = placed["data"]["carts"][0]["cart"]
    assert (cart["path_to_purchase"], cart["origin"], cart["subtotal"]) == ("ropis", SITE, 399.0)
    assert [(item["qty"], item["price_per_unit"]) for item in cart["items"]] == [(1, 399.0)]


def test_another_sessions_basket_is_nobodys(call, store):
    added = call(
        "get", "cart/items/add", {"store_id": store.pk, "upc": GRILL, "hold": "true", "host_domain": SITE}
    ).json()
    theirs = {"Locally-Api-Session-Id": session_id.new()}
    assert call("get", "cart", **theirs).json()["data"]["n_in_cart"] == 0
    who = {"hash": added["data"]["cart_hash"], "full_name": "Eve", "email": "eve@shopper.example"}
    stolen = call("post", "cart/order", who, **theirs).json()
    assert (stolen["success"], stolen["error_code"]) == (False, 1327)
    assert Item.objects.count() == 1
