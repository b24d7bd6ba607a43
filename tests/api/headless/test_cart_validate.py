from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from pushcart.carts.models import Cart
from pushcart.companies.models import ApiKey
from tests import network
from tests.carts import placing_orders as placing
from tests.carts.placing_orders import GRILL, assert_nothing_stands

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from pushcart.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/headless/api/1.0/cart/validate"


@pytest.fixture
def store() -> Store:
    store = placing.store(hours="24/7")
    placing.sell(store)
    return store


@pytest.fixture
def secret(store: Store) -> str:
    return network.key(placing.brand())[1]


def reservation(store: Store) -> dict[str, Any]:
    return {
        "host_domain": "www.ember-oak.example",
        "path_to_purchase": "ropis",
        "store_id": store.pk,
        "last_name": "Byron",
        "phone": "+1 512 555 0123",
        "items": [{"upc": GRILL, "qty": 1, "price_per_unit": 399.00}],
    }


def post(client: Client, body: Any, secret: str, *, query: str = "", **headers: str) -> HttpResponse:
    sent = {"Locally-Api-Token": secret, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return client.post(f"{ADDRESS}{query}", body, content_type="application/json", headers=sent)


def test_it_places_an_order_over_http(client: Client, store: Store, secret: str):
    response = post(client, reservation(store), secret)

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    cart = Cart.objects.get()
    assert response.json()["data"]["cart_hash"] == cart.hash
    assert response.json()["data"]["carts"][0]["cart"]["respond_by"].endswith("Z")
    assert b'"price_per_unit":399.00,' in response.content


def test_it_takes_the_query_string_of_the_public_sdk(client: Client, store: Store, secret: str):
    order = reservation(store)
    [item] = order.pop("items")
    flat = {**order, **{f"items[0][{name}]": value for name, value in item.items()}}
    response = client.post(
        f"{ADDRESS}?{urlencode(flat)}",
        b"",
        content_type="application/x-www-form-urlencoded",
        headers={"Locally-Api-Token": secret},
    )
    assert response.json()["success"] is True, response.content


def test_it_answers_an_idempotency_key_with_the_first_answer(client: Client, store: Store, secret: str):
    first = post(client, reservation(store), secret, Idempotency_Key="a")
    again = post(client, reservation(store), secret, Idempotency_Key="a")
    other = post(client, {**reservation(store), "locale": "de"}, secret, Idempotency_Key="a")

    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["success"]) == (422, False)
    assert Cart.objects.count() == 1


@pytest.mark.parametrize("secret", ["", "f" * 40, "x"])
def test_it_lets_nobody_in_without_a_key(client: Client, store: Store, secret: str):
    response = post(client, reservation(store), secret)
    assert (response.status_code, response.json()["error_code"]) == (401, 1102)
    assert_nothing_stands()


def test_it_lets_a_revoked_key_do_nothing(client: Client, store: Store, secret: str):
    ApiKey.objects.update(revoked_at=placing.NOON)
    assert post(client, reservation(store), secret).status_code == 401
    assert_nothing_stands()


@pytest.mark.parametrize(("body", "status"), [("{", 400), ("[]", 400), ('{"items":"' + "x" * 1_100_000 + '"}', 413)])
def test_it_says_in_json_what_it_can_not_read(client: Client, store: Store, secret: str, body: str, status: int):
    response = post(client, body, secret)
    assert (response.status_code, response.json()["success"]) == (status, False)
    assert_nothing_stands()


def test_it_is_asked_by_post_alone(client: Client, secret: str):
    response = client.get(ADDRESS, headers={"Locally-Api-Token": secret})
    assert (response.status_code, response["Allow"]) == (405, "POST")
