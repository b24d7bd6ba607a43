from __future__ import annotations

import json

import pytest

from pushcart.carts.queries import document_of, find, find_for_retailer, find_for_shopper, page
from tests import network

pytestmark = pytest.mark.django_db


def test_a_retailer_finds_the_carts_of_its_stores_in_any_letter_case():
    cart = network.cart()

    assert find(cart.hash.lower(), cart.retailer, test=False) == cart
    assert find_for_retailer(cart.hash.lower(), company_id=cart.retailer_id, test=False) == cart


def test_a_brand_finds_the_carts_of_its_sites():
    cart = network.cart()

    assert find(cart.hash, cart.brand, test=False) == cart
    assert find_for_retailer(cart.hash, company_id=cart.brand_id, test=False) is None


def test_nobody_finds_the_cart_of_another_company():
    cart = network.cart()

    assert find(cart.hash, network.retailer(), test=False) is None
    assert find(cart.hash, network.brand(), test=False) is None
    assert find_for_retailer(cart.hash, company_id=network.retailer().pk, test=False) is None


def test_a_test_key_finds_test_carts_alone():
    live, test = network.cart(), network.cart(test=True)

    assert find(live.hash, live.retailer, test=True) is None
    assert find(test.hash, test.retailer, test=False) is None
    assert find(test.hash, test.retailer, test=True) == test


@pytest.mark.parametrize("status", ["placing", "refused"])
def test_nobody_finds_what_was_never_ordered(status):
    cart = network.cart(status=status)

    assert find(cart.hash, cart.retailer, test=False) is None
    assert find_for_shopper(cart.hash, cart.shopper_token) is None
    assert page(cart.retailer, 0, test=False) == ([], 0)


def test_it_pages_by_fifty_the_most_recent_first():
    first = network.cart(path="ropis")
    others = [network.cart(first.store, path="ropis") for _ in range(50)]

    carts, total = page(first.retailer, 0, test=False)
    assert (carts, total) == (others[::-1], 51)
    assert page(first.retailer, 1, test=False) == ([first], 51)
    assert page(first.retailer, 2, test=False) == ([], 51)


def test_a_shoppers_link_opens_the_shoppers_cart():
    cart = network.cart()

    assert find_for_shopper(cart.hash, cart.shopper_token) == cart
    assert find_for_shopper(cart.hash, cart.shopper_token[:-1]) is None
    assert find_for_shopper(cart.hash, "") is None
    assert find_for_shopper(network.cart().hash, cart.shopper_token) is None


def test_the_document_is_that_of_the_present_sequence():
    cart = network.cart(status="fulfilled")

    assert json.loads(document_of(cart))["sequence"] == cart.sequence == 4
