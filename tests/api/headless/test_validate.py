from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from pushcart.api.headless.caller import Caller
from pushcart.api.headless.validate import validate
from pushcart.carts.models import Cart, Document, Line
from tests import network
from tests.carts import placing_orders as placing
from tests.carts.placing_orders import GRILL, NOON, TOWEL, assert_nothing_stands
from tests.doubles import clock_file

if TYPE_CHECKING:
    from types import ModuleType

    from pushcart.companies.models import ApiKey
    from pushcart.stores.models import Store
    from tests.doubles import StripeDouble

__all__ = ["clock_file"]

pytestmark = pytest.mark.django_db(transaction=True)

Body = dict[str, Any]


@pytest.fixture
def store(stripe_double: StripeDouble, clock: ModuleType) -> Store:
    clock.freeze(NOON)
    store = placing.store(stripe_double)
    placing.sell(store)
    placing.sell(store, TOWEL, price=1_000)
    return store


@pytest.fixture
def key(store: Store) -> ApiKey:
    return network.key(placing.brand())[0]


def body_for(store: Store, **values: Any) -> Body:
    """As a brand's site sends it."""
    body = {
        "card_token": "pm_card_visa",
        "host_domain": "www.ember-oak.example",
        "path_to_purchase": "bopis",
        "store_id": store.pk,
        "mute_comms": 0,
        "first_name": "Ada",
        "last_name": "Byron",
        "email": "ada@shopper.example",
        "items": [{"upc": GRILL, "qty": 1, "price_per_unit": 399.00, "message": "Please call"}],
        **values,
    }
    return {name: value for name, value in body.items() if value is not ...}


def item(**values: Any) -> Body:
    return {"upc": TOWEL, "qty": 2, "price_per_unit": 10, **values}


def sent(body: Any, key: ApiKey | Caller) -> tuple[int, Body]:
    """The status and the body, through the JSON that goes over the wire."""
    status, answer = validate(body, key)
    return status, json.loads(orjson.dumps(answer, option=orjson.OPT_UTC_Z))


def test_it_orders_and_gives_the_cart_as_the_api_shows_it(store: Store, key: ApiKey):
    status, answer = sent(body_for(store), key)

    cart = Cart.objects.get()
    assert (status, answer["success"]) == (200, True)
    data = answer["data"]
    assert data["cart_hash"] == cart.hash
    assert data["order_url"] == f"http://testserver/order/{cart.hash}/{cart.shopper_token}"
    assert data["repeated"] is False
    assert data["lines"] == [{"upc": GRILL, "store_id": store.pk, "hold_status": "held", "success": True}]
    [shown] = data["carts"]
    assert (shown["cart_hash"], shown["workflow"]) == (cart.hash, "pushcart")
    assert shown["respond_by"] == "2026-11-24T20:00:00Z"
    assert shown["cart"] == json.loads(Document.objects.get().body)
    assert shown["cart"]["items"][0]["message"] == "Please call"


def test_it_writes_amounts_with_all_their_digits(store: Store, key: ApiKey):
    assert b'"price_per_unit":399.00,' in orjson.dumps(validate(body_for(store), key)[1])
    wrong = body_for(store, items=[item(price_per_unit=9)])
    assert b'"details":{"price_per_unit":10.00}' in orjson.dumps(validate(wrong, key)[1])


def test_it_takes_a_form_as_the_public_sdk_sends_it(store: Store, key: ApiKey):
    """Every value a text, empty where nothing was chosen."""
    form = body_for(
        store,
        store_id=str(store.pk),
        mute_comms="1",
        curbside="",
        delivery_zip="",
        path_to_purchase="BOPIS",
        items=[{"upc": GRILL, "qty": "1", "price_per_unit": "399.00", "store_id": ""}, item(qty="2")],
    )
    form["items"][0].pop("store_id")
    status, answer = sent(form, key)

    assert (status, answer["success"]) == (200, True)
    assert Cart.objects.get().muted


def test_it_takes_a_upc_in_any_usual_form(store: Store, key: ApiKey):
    body = body_for(store, items=[item(upc="0036000291452"), item(upc=601842495575, qty=1, price_per_unit=399)])
    _, answer = sent(body, key)
    assert [line["upc"] for line in answer["data"]["lines"]] == [TOWEL, GRILL]


def test_it_takes_null_for_absent(store: Store, key: ApiKey):
    body = body_for(store, phone=None, delivery_zip=None, mute_comms=None, currency=None)
    body["items"][0]["tax_per_unit"] = None
    assert sent(body, key)[1]["success"] is True


@pytest.mark.parametrize(("keyed", "tax"), [(True, 0), (False, 3292)])
def test_only_a_brands_server_may_say_what_the_tax_is(store: Store, key: ApiKey, keyed: bool, tax: int):
    body = body_for(store, items=[item(upc=GRILL, qty=1, price_per_unit=399, tax_per_unit=0)])
    caller = Caller(key.company, keyed=keyed, page="" if keyed else "www.ember-oak.example")
    assert sent(body, caller)[1]["success"] is True
    assert Line.objects.get().tax == tax


@pytest.mark.parametrize("said", ["sdd", "same_day", "Same-Day", "delivery"])
def test_it_knows_the_names_of_same_day_delivery(store: Store, key: ApiKey, said: str):
    body = body_for(
        store,
        path_to_purchase=said,
        delivery_address="1 Airport Blvd",
        delivery_city="Austin",
        delivery_zip="78702",
        delivery_from="2026-11-24T15:00:00-06:00",
    )
    _, answer = sent(body, key)
    assert answer["data"]["carts"][0]["cart"]["path_to_purchase"] == "delivery"
    assert answer["data"]["carts"][0]["cart"]["delivery_from"] == "2026-11-24T21:00:00Z"


def test_it_takes_curbside_for_a_pickup(store: Store, key: ApiKey):
    _, answer = sent(body_for(store, path_to_purchase="curbside", car="Red Volvo"), key)
    document = answer["data"]["carts"][0]["cart"]
    assert (document["path_to_purchase"], document["for_curbside"], document["car"]) == ("bopis", 1, "Red Volvo")


def test_it_makes_a_cart_for_each_store(store: Store, key: ApiKey, stripe_double: StripeDouble):
    other = placing.store(stripe_double)
    placing.sell(other)
    body = body_for(store, items=[item(), item(upc=GRILL, qty=1, price_per_unit=399, store_id=other.pk)])
    _, answer = sent(body, key)

    assert [cart["cart"]["store"]["id"] for cart in answer["data"]["carts"]] == [store.pk, other.pk]
    assert [line["store_id"] for line in answer["data"]["lines"]] == [store.pk, other.pk]


def test_it_answers_a_refusal_line_by_line(store: Store, key: ApiKey):
    body = body_for(store, items=[item(), item(upc=GRILL, qty=1, price_per_unit=398)])
    status, answer = sent(body, key)

    assert status == 200
    assert answer == {
        "success": False,
        "msg": f"{GRILL}: The store's price is 399.00 USD, not 398.",
        "error_code": 1327,
        "data": {
            "lines": [
                {
                    "upc": TOWEL,
                    "store_id": store.pk,
                    "hold_status": "not_tried",
                    "success": False,
                    "error_code": None,
                    "code": "",
                    "msg": "Nothing is wrong with this line: it was not ordered because another could not be.",
                    "field": "",
                    "details": {},
                },
                {
                    "upc": GRILL,
                    "store_id": store.pk,
                    "hold_status": "not_tried",
                    "success": False,
                    "error_code": 1327,
                    "code": "price_changed",
                    "msg": "The store's price is 399.00 USD, not 398.",
                    "field": "items[1].price_per_unit",
                    "details": {"price_per_unit": 399.0},
                },
            ]
        },
    }
    assert_nothing_stands()


def _refusal(body: Body, key: ApiKey) -> tuple[int, str, str, str]:
    status, answer = sent(body, key)
    assert (status, answer["success"]) == (200, False)
    [line] = answer["data"]["lines"]
    assert answer["error_code"] == line["error_code"]
    return line["error_code"], line["code"], line["field"], line["hold_status"]


def test_it_numbers_refusals_as_the_live_service(store: Store, key: ApiKey, stripe_double: StripeDouble):
    declined = stripe_double.card_token("pm_card_chargeCustomerFail")
    assert _refusal(body_for(store, items=[item(qty=99)]), key) == (1327, "out_of_stock", "items[0].qty", "not_tried")
    assert _refusal(body_for(store, store_id=999_999), key) == (1329, "store_unknown", "items[0].store_id", "not_tried")
    assert _refusal(body_for(store, items=[item(tax_per_unit=11)]), key) == (
        *(1335, "tax_mismatch"),
        *("items[0].tax_per_unit", "not_tried"),
    )
    assert _refusal(body_for(store, card_token=declined), key) == (1328, "card_declined", "card_token", "declined")
    assert _refusal(body_for(store, currency="EUR"), key) == (1327, "currency_differs", "currency", "not_tried")
    stripe_double.fault("error_500", "/v1/payment_intents")
    assert _refusal(body_for(store), key) == (1323, "payment_trouble", "", "released")
    assert_nothing_stands(stripe_double)


def test_it_says_how_many_lines_are_wrong(store: Store, key: ApiKey):
    _, answer = sent(body_for(store, items=[item(qty=98), item(upc=GRILL, price_per_unit=399, qty=97)]), key)
    assert answer["msg"] == "2 lines can't be ordered. The store has 10 left, and 98 were ordered."


def test_it_lets_no_retailer_order(store: Store):
    own, _ = network.key(store.company)
    status, answer = sent(body_for(store), own)
    assert (status, answer["success"], answer["error_code"]) == (403, False, 1101)
    assert_nothing_stands()


def test_it_lets_nobody_order_from_anothers_site(store: Store):
    other, _ = network.key(network.brand(slug="other"))
    status, answer = sent(body_for(store), other)
    assert (status, answer["success"], answer["error_code"]) == (403, False, 1102)
    assert answer["data"]["faults"][0]["field"] == "host_domain"
    assert Cart.objects.count() == 0


def test_it_knows_a_site_by_its_host(store: Store, key: ApiKey):
    assert sent(body_for(store, host_domain="WWW.Ember-Oak.example:443"), key)[1]["success"] is True


def test_it_places_a_test_order_with_a_test_key(store: Store):
    test_key, _ = network.key(placing.brand(), test=True)
    _, answer = sent(body_for(store), test_key)
    assert answer["data"]["carts"][0]["cart"]["test"] == 1
    assert placing.taken() == {}


def test_it_answers_a_double_click_with_the_first_cart(store: Store, key: ApiKey):
    first, second = sent(body_for(store), key)[1], sent(body_for(store), key)[1]
    assert second["data"].pop("repeated") is True
    assert first["data"].pop("repeated") is False
    assert second == first


def test_it_does_nothing_for_a_malformed_order(store: Store, key: ApiKey):
    status, answer = sent(body_for(store, items=[item(qty=0)], email="nobody"), key)

    assert status == 422
    assert answer == {
        "success": False,
        "msg": "items[0].qty: Input should be greater than or equal to 1. 1 more in data.faults.",
        "error_code": 422,
        "data": {
            "faults": [
                {"field": "items[0].qty", "message": "Input should be greater than or equal to 1"},
                {"field": "email", "message": "Input should be an e-mail address"},
            ]
        },
    }
    assert_nothing_stands()
    assert Cart.objects.count() == 0


@pytest.mark.parametrize("body", [None, [], "x", 7])
def test_it_refuses_what_is_no_order_at_all(store: Store, key: ApiKey, body: Any):
    status, answer = sent(body, key)
    assert (status, answer["data"]["faults"][0]["field"]) == (422, "")
