"""Refunds on the wire, of an order that was charged at the payment double."""

from __future__ import annotations

import pytest

from tests import network
from tests.api.conftest import Api
from tests.api.test_carts import line_path, state_of
from tests.carts.paid import ordered


@pytest.fixture
def charged(transactional_db):
    return network.cart(status="confirmed")


@pytest.fixture
def retailer(client, charged):
    return Api(client, network.key(charged.retailer)[1])


@pytest.mark.parametrize("amount", ["431.93", "99999", 1e6])
def test_it_refuses_a_refund_above_the_capture_and_says_what_is_left(retailer, charged, amount):
    before = state_of(charged)
    answer = retailer.post(line_path(charged), {"status": "refund", "refund_amount": amount})
    assert answer.status_code == 422
    assert answer.json()["error"] == {
        "code": "refund_above_capture",
        "field": "refund_amount",
        "details": {"refundable": 431.92, "upc": network.GRILL},
    }
    assert state_of(charged) == before


def test_it_asks_for_the_amount(retailer, charged):
    before = state_of(charged)
    answer = retailer.post(line_path(charged), {"status": "refund"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "refund_amount")
    assert state_of(charged) == before


def test_it_gives_pieces_back(client, transactional_db, stripe_double):
    stripe_double.connect(store := network.whole_store().company)
    cart = ordered(store.stores.get(), stripe_double.card_token(), lines=[(network.GRILL, 2)])
    api = Api(client, network.key(cart.retailer)[1])
    api.post(line_path(cart), {"status": "confirmed"})

    answer = api.post(line_path(cart), {"status": "refund", "refund_qty": "1"})

    (item,) = answer.json()["content"]["items"]
    assert (item["qty"], item["qty_refunded"], item["refunded"], item["status"]) == (
        *(2, 1, 431.92, "partially_refunded"),
    )
    again = {"items": [{"upc": network.GRILL, "status": "refund", "refund_qty": 2}]}
    refused = api.post(f"/api/v2/cart/{cart.hash}", again)
    assert (refused.status_code, refused.json()["error"]) == (
        422,
        {
            "code": "refund_above_quantity",
            "field": "refund_qty",
            "details": {"refundable_qty": 1, "upc": network.GRILL},
        },
    )


@pytest.mark.parametrize("qty", [0, -1, "a few", 1.5])
def test_it_takes_no_part_of_a_piece(retailer, charged, qty):
    before = state_of(charged)
    answer = retailer.post(line_path(charged), {"status": "refund", "refund_qty": qty})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "refund_qty")
    assert state_of(charged) == before
