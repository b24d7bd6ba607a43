"""The shopper's page in a real Chromium: what its buttons send is taken."""

from __future__ import annotations

import pytest

from pushcart.carts.document import order_url
from pushcart.carts.models import Cart
from pushcart.messages.models import Message
from tests import network

pytestmark = [pytest.mark.browser, pytest.mark.long]


def test_a_shopper_writes_and_cancels(transactional_db, stripe_double, live_server, page, settings):
    settings.PUBLIC_URL = live_server.url
    cart = network.cart(path="ropis")

    page.goto(order_url(cart))
    page.get_by_label("Your message").fill("Is it assembled?")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Is it assembled?").wait_for()
    page.get_by_role("button", name="Cancel the order").click()
    page.get_by_text("You cancelled it").wait_for()

    assert Message.objects.get(cart=cart).text == "Is it assembled?"
    assert Cart.objects.get(pk=cart.pk).status == "cancelled"
