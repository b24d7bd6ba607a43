"""Refunds on the wire, of an order that was charged at the payment double."""

from __future__ import annotations

import pytest

from tests import network
from tests.api.conftest import Api
from tests.api.test_carts import line_path, state_of


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
