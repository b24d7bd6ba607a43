from __future__ import annotations

import pytest

from pushcart.carts.actions.receive import receive
from pushcart.carts.errors import FulfillmentUrlError, IllegalTransitionError
from tests import network
from tests.carts.orders import everything, last_event, line_of, say, shown, told

pytestmark = pytest.mark.django_db

URL = "https://orders.hardware.example/o/4711?from=pushcart"


def test_it_says_that_the_line_is_in_the_retailers_system():
    cart = network.cart()

    say(cart, receive)

    assert line_of(cart).status == "received"
    assert shown(cart)["items"][0]["allowed"] == ["confirmed", "rejected"]
    assert shown(cart)["status"] == "received"
    assert shown(cart)["respond_by"] is not None
    assert told(cart) == ["carts.ordered", "carts.received"]
    assert last_event(cart).data == {"upcs": [network.GRILL]}


def test_it_brings_the_page_to_which_the_shopper_is_sent():
    cart = network.cart()

    say(cart, receive, fulfillment_url=f"  {URL} ")

    assert shown(cart)["fulfillment_url"] == URL
    assert shown(cart)["items"][0]["fulfillment_url"] == URL


def test_it_changes_nothing_when_said_again():
    cart = network.cart()
    say(cart, receive, fulfillment_url=URL)
    before = everything(cart)

    say(cart, receive)
    say(cart, receive, fulfillment_url=URL)

    assert everything(cart) == before


def test_it_takes_another_page_when_said_again():
    cart = network.cart(status="received")

    say(cart, receive, fulfillment_url=URL)

    assert shown(cart)["fulfillment_url"] == URL
    assert told(cart) == ["carts.ordered", "carts.received", "carts.received"]


@pytest.mark.parametrize(
    "status", ["confirmed", "charge_failed", "fulfilled", "refunded", "rejected", "auto_rejected", "cancelled"]
)
def test_it_is_refused_once_the_line_is_decided(status):
    cart = network.cart(status=status)
    before = everything(cart)

    with pytest.raises(IllegalTransitionError) as refused:
        say(cart, receive, fulfillment_url=URL)

    assert refused.value.status == status
    assert refused.value.upc == network.GRILL
    assert refused.value.allowed == shown(cart)["items"][0]["allowed"]
    assert everything(cart) == before


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://orders.example/1",
        "orders.example/1",
        "https://",
        "https://orders.example/a b",
        "https://orders.example/\x00",
        "https://orders.example/\nSet-Cookie: a=b",
        "https://orders.example/" + "x" * 478,
    ],
)
def test_it_refuses_what_is_no_web_address(url):
    cart = network.cart()
    before = everything(cart)

    with pytest.raises(FulfillmentUrlError) as refused:
        say(cart, receive, fulfillment_url=url)

    assert (refused.value.code, refused.value.field) == ("fulfillment_url_unusable", "fulfillment_url")
    assert everything(cart) == before


def test_it_takes_an_address_of_500_characters():
    cart = network.cart()
    url = "https://orders.example/" + "x" * 477

    say(cart, receive, fulfillment_url=url)

    assert shown(cart)["fulfillment_url"] == url
