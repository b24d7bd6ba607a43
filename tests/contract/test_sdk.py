"""The official JavaScript SDK, pointed at our server: each of its methods, over HTTP, with exact answers."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx
import pytest

from pushcart.carts.models import Cart
from pushcart.catalog.models import Product
from pushcart.inventory.models import Stock
from pushcart.visits.models import Item, Visit
from tests import network
from tests.carts import placing_orders as placing
from tests.carts.placing_orders import GRILL, TOWEL
from tests.doubles import clock_file
from tests.serving import serving

__all__ = ["clock_file"]

pytestmark = pytest.mark.long

METHODS = {
    *("session.get.session", "session.get.user"),
    *("conversion.get.start", "conversion.get.product_data", "conversion.get.store_data"),
    *("conversion.get.buy_online_ecommerce_data", "conversion.get.location_data", "conversion.get.common"),
    *("location.get.switch", "location.get.suggest", "location.get.address_suggest", "location.get.address_validate"),
    *("cart.get.detail", "cart.get.add", "cart.get.checkout"),
    *("cart.post.update", "cart.post.validate_email", "cart.post.order", "cart.post.billing"),
    *("analytics.post.analytics", "email.get.send_template"),
}
AUSTIN = {"map_center_lat": "30.2672", "map_center_lng": "-97.7431"}
SESSION = re.compile(r"[0-9a-f]{40}")


@pytest.fixture
def shop(transactional_db, stripe_double, clock, tmp_path):
    """A store in Austin that sells by every path; the brand's key; our server on its database."""
    clock.freeze(placing.NOON)
    store = placing.store(stripe_double, name="Hammer & Hearth", number="101", address="1 Congress Ave")
    placing.sell(store, style="57", color="black")
    placing.sell(store, TOWEL, price=1_000, style="57", color="red")
    _, secret = network.key(placing.brand())
    with serving(
        tmp_path / "web.log",
        PUSHCART_CLOCK=str(stripe_double.clock_file),
        STRIPE_API_BASE=stripe_double.url,
        STRIPE_TEST_API_KEY="sk_test_of_the_tests",
    ) as url:
        yield store, secret, url


def data(answer):
    assert (answer["success"], answer.get("error_code")) == (True, None), answer
    return answer["data"]


def soft(answer):
    assert answer["success"] is False
    return answer["error_code"], answer["message"]


def test_every_method_answers(shop, sdk):  # noqa: PLR0915 one shopper's way, step by step
    store, secret, url = shop
    brand, used = placing.brand(), set()
    with sdk(secret, url) as client:

        def call(called, **params):
            used.add(called)
            return client(called, **params)

        # A session, and a place that is chosen by its name.
        first = data(call("session.get.session"))
        assert SESSION.fullmatch(first["id"])
        assert first["session"] == {"id": first["id"]}
        client.session = first["id"]
        assert data(call("session.get.session"))["id"] == first["id"]
        suggested = data(call("location.get.suggest", query="Austin, TX"))
        assert suggested["suggestions"][0]["value"] == "Austin, TX, US"
        assert suggested["suggestions"][0]["data"]["relevance"] == 1
        assert (suggested["from"], suggested["session"]) == ([], {"id": first["id"]})
        at = suggested["suggestions"][0]["data"]
        switched = data(
            call("location.get.switch", lat=str(at["lat"]), lng=str(at["lng"]), location_change_to_string="Austin,+TX")
        )
        assert (switched["city_label"], switched["country"]) == ("Austin, TX", "US")
        assert (switched["base_url"], switched["distance_unit"]) == ("/in/austin-tx", "mi")
        assert switched["session"] == {"id": first["id"]}

        # The product, and who has it.
        started = data(call("conversion.get.start", product_id=1, upc=GRILL, company_id=brand.pk))
        product = Product.objects.get(upc=GRILL)
        assert started == {
            "style": "57",
            "company_id": brand.pk,
            "upc": GRILL,
            "product_id": product.pk,
            "company_name": "Ember & Oak",
            "initial_store_id": 0,
            "company_logo": "",
            "user_geo": {
                "lat": f"{at['lat']:.7f}",
                "lng": f"{at['lng']:.7f}",
                "city_label": "Austin, TX",
                "country": "US",
                "distance_unit": "mi",
            },
            "session": {"id": first["id"]},
        }
        told = data(call("conversion.get.product_data", company_id=brand.pk, upc=GRILL))
        assert [(each["upc"], each["color"], each["msrp"]) for each in told["variants"]] == [
            (GRILL, "black", 399.0),
            (TOWEL, "red", 399.0),
        ]
        words = data(call("conversion.get.common"))
        assert words["paths_to_purchase"] == ["bopis", "ropis", "delivery", "curbside"]
        online = data(call("conversion.get.buy_online_ecommerce_data"))
        assert online == {"markers": [], "total_marker_count": 0}
        asked = {"company_id": brand.pk, "upc": GRILL, "map_distance_unit": "mi", "map_distance_diag": "50"}
        found = data(call("conversion.get.store_data", **asked, **AUSTIN))
        assert (found["all_upcs_carried"], found["total_marker_count"]) == ([GRILL], 1)
        assert found["markers"] == [expected_marker(store)]
        by_session = data(call("conversion.get.store_data", **asked))
        assert [each["id"] for each in by_session["markers"]] == [store.pk]
        assert by_session["markers"][0]["user_distance"] < 5
        one = data(call("conversion.get.store_data", **{**asked, "map_distance_diag": "1", "only_store_id": store.pk}))
        assert [each["id"] for each in one["markers"]] == [store.pk]
        there = data(call("conversion.get.location_data", type="store", store_id=store.pk, upc=GRILL))
        assert (there["id"], there["qoh"], there["today_hours"]) == (store.pk, 10, "9am-9pm")

        # A basket, which is looked at, changed and ordered.
        added = data(call("cart.get.add", store_id=store.pk, upc=GRILL, host_domain="www.ember-oak.example"))
        assert (added["n_in_cart"], added["session"]) == (1, {"id": first["id"]})
        cart = added["cart_content"]["cart"]
        assert (cart["subtotal"], cart["tax_total"], cart["grand_total"]) == (399.0, 32.92, 431.92)
        assert (cart["origin"], cart["for_hold"], cart["hash"]) == ("www.ember-oak.example", 0, added["cart_hash"])
        call("cart.get.add", store_id=store.pk, upc=TOWEL, host_domain="www.ember-oak.example")
        items = [{"store_id": store.pk, "upc": GRILL, "qty": 2}, {"store_id": store.pk, "upc": TOWEL, "qty": 0}]
        assert data(call("cart.post.update", items=items))["n_in_cart"] == 2
        billed = {"firstName": "Ada", "lastName": "Byron", "address": "2201 Barton Springs Rd", "city": "Austin"}
        billed |= {"zip": "78746", "country": "us", "email": "ada@shopper.example"}
        assert data(call("cart.post.billing", **billed))["cart_content"]["cart"]["country"] == "US"
        assert data(call("cart.post.validate_email", email="ada@")) == {"email": "ada@", "valid": 0}
        good = {"email": "ada@shopper.example", "valid": 1}
        assert data(call("cart.post.validate_email", email="ada@shopper.example")) == good
        user = data(call("session.get.user"))
        assert (user["first_name"], user["email"], user["preferred_country"]) == ("Ada", "ada@shopper.example", "US")
        detail = data(call("cart.get.detail"))
        assert [(item["upc"], item["qty"], item["total"]) for item in detail["cart_content"]["items"]] == [
            (GRILL, 2, 863.84)
        ]
        out = data(call("cart.get.checkout"))
        assert (out["ready"], out["refused"], out["cart_hash"]) == (1, [], detail["cart_hash"])
        order = {"hash": detail["cart_hash"], "full_name": "Ada King Byron", "email": "ada@shopper.example"}
        placed = data(call("cart.post.order", **order, card_token="pm_card_visa"))
        row = Cart.objects.get()
        assert (placed["cart_hash"], placed["repeated"], placed["n_in_cart"]) == (row.hash, False, 0)
        assert placed["carts"][0]["cart"]["grand_total"] == 863.84
        assert placed["lines"] == [{"upc": GRILL, "store_id": store.pk, "hold_status": "held", "success": True}]
        assert (row.first_name, row.last_name, row.zip, row.origin) == (
            "Ada King",
            "Byron",
            "78746",
            "www.ember-oak.example",
        )
        again = data(call("cart.post.order", **order, card_token="pm_card_visa"))
        assert (again["cart_hash"], again["repeated"]) == (row.hash, True)
        assert (Cart.objects.count(), Stock.objects.get(upc=GRILL).taken) == (1, 2)
        empty = data(call("cart.get.detail"))
        assert (empty["n_in_cart"], empty["cart_hash"] != detail["cart_hash"]) == (0, True)

        # Same-day delivery, and what else the SDK knows.
        address = "2201 Barton Springs Rd, Austin, TX 78746"
        typed = data(call("location.get.address_suggest", query=address))["suggestions"]
        assert [(each["address"], each["city"], each["postcode"]) for each in typed] == [
            ("2201 Barton Springs Rd", "Austin", "78746")
        ]
        quote = data(call("location.get.address_validate", dropoff_address=address, store_id=store.pk, upc=GRILL))
        assert (quote["valid"], quote["fee"], quote["currency"]) == (1, 5.0, "usd")
        assert quote["delivery_from"] == "2026-11-24T19:00:00Z"
        assert data(call("analytics.post.analytics", type="impression")) == {"counted": "impression"}
        assert soft(call("email.get.send_template"))[0] == 1102
    assert used == METHODS


def expected_marker(store):
    week = ["9am-9pm"] * 6 + ["Closed"]
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    open_ = {"allowed": True, "reason": "", "code": ""}
    return {
        "id": store.pk,
        "name": "Hammer & Hearth",
        "lat": "30.26720000",
        "lng": "-97.74310000",
        "address": "1 Congress Ave",
        "city": "Austin",
        "state": "TX",
        "zip": "78701",
        "country": "US",
        "phone": "+15125550100",
        "phone_link": "tel:+15125550100",
        "company_id": store.company_id,
        "company_name": store.company.name,
        "vendor_id": "101",
        "image": "",
        "web_address": "",
        "user_distance": 0,
        "distance_unit": "mi",
        "is_tmp_closed": 0,
        "dow": 1,
        "display_dow": [
            {"bil_hrs": hours, "label": label, "day_index": n}
            for n, (hours, label) in enumerate(zip(week, days, strict=True))
        ],
        "today_hours": "9am-9pm",
        "hours_known": 1,
        "is_open": 1,
        "next_open": "",
        "is_closing_soon": 0,
        "status_class": "success",
        "status_label": "Open",
        "opens_at": None,
        "closes_at": "2026-11-25T03:00:00Z",
        "timezone": "America/Chicago",
        "upc": GRILL,
        "price": 399.0,
        "currency": "usd",
        "qoh": 10,
        "stock_status": 3,
        "stocking_product": 1,
        "stocking_variant": 1,
        "disclaimer": "Item is in Stock!",
        "stock_status_constants": [{"key": "PRODUCT_YES_VARIANT_YES_BIL_YES", "value": "Item is in Stock!"}],
        "acquisition_options": {"bopis": 1, "ropis": 1, "delivery": 1, "curbside": 1},
        "feature_constants": [
            {"key": "DELIVERY_AVAILABLE", "value": "Same-day Local Delivery Available"},
            {"key": "IN_STORE_PICKUP_AVAILABLE", "value": "Store Pickup Available"},
            {"key": "RESERVE_AVAILABLE", "value": "Reserve Online, Pay in Store Available"},
            {"key": "CURBSIDE_PICKUP_AVAILABLE", "value": "Curbside Pickup Available"},
        ],
        "labels": dict.fromkeys(("bopis", "ropis", "delivery", "curbside"), open_),
        "stock_told_at": "2026-11-24T18:00:00Z",
        "stock_age": 0,
        "workflow": "pushcart",
        "answers_by": "2026-11-24T20:00:00Z",
    }


def test_it_refuses_as_the_sdk_reads_it_best(shop, sdk):
    store, secret, url = shop
    site = {"host_domain": "www.ember-oak.example"}
    with sdk(secret, url) as client:
        client.session = data(client("session.get.session"))["id"]
        # Soft: HTTP 200, and the number comes through.
        assert soft(client("conversion.get.start", product_id=1, company_id=store.company_id))[0] == 1101
        assert soft(client("conversion.get.start", product_id=1, upc="012345678905"))[0] == 1327
        assert soft(client("conversion.get.location_data", type="store", store_id=2**40))[0] == 1329
        assert soft(client("conversion.get.store_data", company_id=store.company_id, **AUSTIN))[0] == 1101
        gone = soft(client("cart.get.add", store_id=2**40, upc=GRILL, **site))
        assert gone == (1329, f"There is no store {2**40}.")
        many = soft(client("cart.get.add", store_id=store.pk, upc=GRILL, qty=11, **site))
        assert many == (1327, "The store has 10 left, and 11 would lie in the basket.")
        assert soft(client("cart.post.order", hash="NOWHERE", full_name="A", email="a@b.example"))[0] == 1327
        assert soft(client("cart.post.order", hash="NOWHERE", referral="1"))[0] == 1102
        far = soft(client("location.get.address_validate", dropoff_address="80202", store_id=store.pk, upc=GRILL))
        assert far[0] == 1327
        assert "the store delivers up to 25 km" in far[1]
        added = data(client("cart.get.add", store_id=store.pk, upc=GRILL, hold="true", **site))
        assert added["cart_content"]["cart"]["for_hold"] == 1
        mixed = soft(client("cart.get.add", store_id=store.pk, upc=TOWEL, **site))
        assert mixed[0] == 1327
        # The price changes under the basket: nothing is ordered, and the basket stays.
        Stock.objects.filter(upc=GRILL).update(price=38_000)
        order = {"hash": added["cart_hash"], "full_name": "Ada Byron", "email": "ada@shopper.example"}
        dear = soft(client("cart.post.order", **order))
        assert dear == (1327, f"{GRILL}: The store's price is 380.00 USD, not 399.")
        assert data(client("cart.get.checkout"))["refused"][0]["code"] == "price_changed"
        assert (Cart.objects.filter(ordered_at__isnull=False).count(), Item.objects.count()) == (0, 1)
        # Malformed, and from an unknown site: the SDK keeps the body as `data`.
        wrong = client("cart.get.add", store_id="x", upc=GRILL, **site)
        assert (wrong["success"], wrong["error_code"], wrong["data"]["error_code"]) == (False, 500, 422)
        assert wrong["data"]["data"]["faults"][0]["field"] == "store_id"
        assert client("conversion.get.store_data", map_center_lat="95", map_center_lng="0")["data"]["error_code"] == 422
        assert client("location.get.switch", lat="95", lng="0")["data"]["error_code"] == 422
        strange = client("cart.get.add", store_id=store.pk, upc=TOWEL, host_domain="www.evil.example")
        assert strange["data"]["error_code"] == 1102
        # A session that is none of ours is replaced, and what it named is nowhere.
        client.session = "abc999"
        assert SESSION.fullmatch(data(client("cart.get.detail"))["session"]["id"])
    for bad, number in (("0" * 40, 1102), (network.key(store.company)[1], 1101)):
        with sdk(bad, url) as client:
            for called in ("session.get.session", "conversion.get.store_data"):
                assert client(called, **AUSTIN)["data"]["error_code"] == number
    assert Visit.objects.count() == 1


def test_a_page_needs_its_site_and_no_key(shop):
    store, _, url = shop
    brand, page = placing.brand(), {"Origin": "https://www.ember-oak.example"}
    asked = {"company_id": brand.pk, "upc": GRILL, **AUSTIN}
    paths = ("conversion/store_data", "conversion/start", "cart")
    with httpx.Client(base_url=f"{url}/headless/api/1.0/", trust_env=False) as client:
        for path in paths:
            good = client.get(path, params=asked, headers=page)
            assert (good.status_code, good.json()["success"]) == (200, True), path
            assert good.headers["access-control-allow-origin"] == page["Origin"]
            assert SESSION.fullmatch(good.headers["locally-api-session-id"])
            for headers, params in (
                ({}, asked),
                ({"Origin": "https://www.evil.example"}, asked),
                ({"Origin": "null"}, asked),
                (page, {**asked, "company_id": network.brand().pk}),
                (page, {**asked, "company_id": "x"}),
                (page, {name: value for name, value in asked.items() if name != "company_id"}),
            ):
                refused = client.get(path, params=params, headers=headers)
                assert (refused.status_code, refused.json()["error_code"]) == (401, 1102), (path, headers, params)
        # A key that strayed into another brand's page is of no use there.
        strayed = {"Locally-Api-Token": shop[1], "Origin": "https://www.evil.example"}
        for path in paths:
            refused = client.get(path, params=asked, headers=strayed)
            assert (refused.status_code, refused.json()["error_code"]) == (403, 1102)
        # It orders for the site that the browser names, whatever the page says.
        wanted = {"store_id": store.pk, "upc": GRILL, "hold": True, "host_domain": "www.evil.example"}
        added = client.post("cart/items/add", json={**wanted, "company_id": brand.pk}, headers=page).json()["data"]
        who = {"hash": added["cart_hash"], "full_name": "Ada Byron", "email": "ada@shopper.example"}
        session = {**page, "Locally-Api-Session-Id": added["session"]["id"]}
        other = client.post("cart/order", json={**who, "company_id": brand.pk}, headers=page).json()
        assert (other["success"], other["error_code"]) == (False, 1327)
        placed = client.post("cart/order", json={**who, "company_id": brand.pk}, headers=session).json()["data"]
    cart = Cart.objects.get()
    assert (cart.hash, cart.origin, cart.path, cart.brand) == (
        placed["cart_hash"],
        "www.ember-oak.example",
        "ropis",
        brand,
    )
    assert cart.ordered_at == datetime(2026, 11, 24, 18, tzinfo=UTC)
