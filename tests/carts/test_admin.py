from __future__ import annotations

import pytest
from django.urls import reverse

from pushcart.carts.models import Cart, Line
from pushcart.payments.models import Hold
from tests import network
from tests.carts.orders import hold_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client):
    client.force_login(network.person(is_staff=True, is_superuser=True))
    return client


def test_it_shows_an_order_with_its_lines_and_document(operator):
    cart = network.cart(status="fulfilled")

    found = operator.get(reverse("admin:carts_cart_changelist"), {"q": cart.hash.lower()})
    page = operator.get(reverse("admin:carts_cart_change", args=[cart.pk]))

    assert cart.hash in found.content.decode()
    assert "Kettle 57 Charcoal Grill" in page.content.decode()
    assert "captured_total" in page.content.decode()


def test_it_shows_no_secret_of_the_shopper(operator):
    cart = network.cart()
    hold = hold_of(cart)
    Hold.objects.filter(pk=hold.pk).update(sealed_token="seti_of_the_shopper")

    of_cart = operator.get(reverse("admin:carts_cart_change", args=[cart.pk])).content.decode()
    of_hold = operator.get(reverse("admin:payments_hold_change", args=[hold.pk])).content.decode()

    assert cart.shopper_token not in of_cart
    assert "seti_of_the_shopper" not in of_hold
    assert "431.92 USD" in operator.get(reverse("admin:payments_hold_changelist")).content.decode()


@pytest.mark.parametrize("act", ["change", "delete"])
def test_it_lets_nobody_touch_an_order(operator, act):
    cart = network.cart()
    hold = hold_of(cart)

    for address in (
        reverse(f"admin:carts_cart_{act}", args=[cart.pk]),
        reverse(f"admin:payments_hold_{act}", args=[hold.pk]),
    ):
        assert operator.post(address, {"status": "confirmed", "post": "yes"}).status_code == 403

    assert (Cart.objects.get().status, Line.objects.get().status, Hold.objects.get().state) == (
        "ordered",
        "ordered",
        "held",
    )


def test_it_lets_nobody_add_one(operator):
    assert operator.get(reverse("admin:carts_cart_add")).status_code == 403
    assert operator.get(reverse("admin:payments_hold_add")).status_code == 403
