from __future__ import annotations

import pytest

from pushcart.carts.models import Cart
from pushcart.events.models import Event
from tests import network
from tests.api.conftest import Api
from tests.carts import placing_orders as placing

PATH = "/api/v2/test/events"


@pytest.fixture
def store(transactional_db, stripe_double):
    store = placing.store(stripe_double, hours="Mo-Su 00:00-24:00")
    placing.sell(store)
    return store


def test_it_makes_the_event_happen_and_answers_the_cart(client, store):
    api = Api(client, network.key(store.company, test=True)[1])
    answer = api.post(PATH, {"event": "carts.received", "upc": "6-01842-49557-5", "store": store.number})
    assert answer.status_code == 200, answer.content
    cart = Cart.objects.get()
    said = answer.json()["content"]
    assert (said["hash"], said["status"], said["test"], answer["ETag"]) == (cart.hash, "received", 1, '"2"')
    assert Event.objects.filter(type="carts.received", company_id=store.company_id, test=True).count() == 1


@pytest.mark.parametrize(
    ("owner", "test", "body", "status", "code"),
    [
        ("retailer", False, {"event": "carts.ordered"}, 403, "test_key_needed"),
        ("brand", True, {"event": "carts.ordered"}, 403, "read_only_key"),
        ("retailer", True, {"event": "carts.invented"}, 422, "unknown_event"),
        ("retailer", True, {}, 422, "invalid_field"),
        ("retailer", True, {"event": "carts.ordered", "upc": "12"}, 422, "invalid_field"),
        ("retailer", True, {"event": "carts.ordered", "store": "none"}, 422, "nothing_to_order"),
    ],
)
def test_it_refuses_clearly_and_leaves_nothing(client, store, owner, test, body, status, code):
    company = store.company if owner == "retailer" else placing.brand()
    answer = Api(client, network.key(company, test=test)[1]).post(PATH, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Cart.objects.exists()
