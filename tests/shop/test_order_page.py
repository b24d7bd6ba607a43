"""The shopper's page of an order, by its link."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from pushcart.carts.actions.update import LineUpdate, update
from pushcart.carts.models import Line
from pushcart.inventory.models import Stock
from pushcart.messages.models import Message
from tests import network
from tests.carts.paid import connected_store, ordered

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)


def link(cart, token=None):
    return f"/order/{cart.hash}/{token or cart.shopper_token}"


def read(answer):
    return " ".join(html.unescape(answer.content.decode()).split())


def test_it_says_what_a_shopper_wants_to_know(client, clock):
    cart = network.cart(lines=[(network.GRILL, 1), (network.TOWEL, 2)])
    answer = client.get(link(cart))
    assert answer.status_code == 200
    page = read(answer)
    assert f"<h1>{cart.store.name}</h1>" in page
    assert "1 \N{MULTIPLICATION SIGN} Kettle 57 Charcoal Grill" in page
    assert f"2 \N{MULTIPLICATION SIGN} Product {network.TOWEL}" in page
    assert page.count("Waiting for the store") == 2
    assert "$1,295.76 is held on your card (Visa ending in 4242); it is charged only when the store confirms." in page
    assert "The store answers by <strong>" in page
    assert "Cancel the order" in page
    assert answer["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert "default-src 'self'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("received", "The store has it and decides"),
        ("confirmed", "$431.92 was charged to your card (Visa ending in 4242)."),
        ("rejected", "Sold at the counter."),
        ("auto_rejected", "The store did not answer in time"),
        ("cancelled", "Your card was not charged; what was held is released."),
        ("charge_failed", "Confirmed; pay at the store"),
        ("fulfilled", "Handed over"),
        ("partially_refunded", "$215.96 was given back."),
        ("refunded", "$431.92 was given back."),
    ],
)
def test_it_follows_the_order(client, status, told):
    page = read(client.get(link(network.cart(status=status))))
    assert told in page
    assert ("Cancel the order" in page) == (status == "received")
    assert ("The store answers by" in page) == (status == "received")


def test_a_reservation_is_paid_at_the_store(client):
    page = read(client.get(link(network.cart(path="ropis"))))
    assert "Nothing is charged here: you pay at the store." in page
    assert "Total; the store reckons the tax" in page
    assert "Total, with tax" not in page


def test_it_tells_where_and_when_it_is_brought(client, clock):
    noon = datetime(2026, 11, 24, 18, tzinfo=UTC)
    clock.freeze(noon)
    brought = {"delivery_from": noon + timedelta(hours=2), "delivery_until": noon + timedelta(hours=3)}
    cart = network.cart(path="delivery", delivery_address="12 Garden St", delivery_city="Austin", **brought)
    assert "It is brought to 12 Garden St, Austin: Tue, Nov 24, 2:00 PM CST to Tue, Nov 24, 3:00 PM CST." in read(
        client.get(link(cart))
    )


def test_what_people_wrote_is_shown_as_text(client):
    cart = network.cart(status="rejected", car="<b>red</b>", curbside=True)
    Line.objects.filter(cart=cart).update(reason="<script>alert(1)</script>")
    Message.objects.create(cart=cart, author="store", text="<i>sorry</i>\nreally")
    page = client.get(link(cart)).content.decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;i&gt;sorry&lt;/i&gt;<br>really" in page
    assert "&lt;b&gt;red&lt;/b&gt;" in page


@pytest.mark.parametrize("wrong", ["nonsense", "", "x" * 32])
@pytest.mark.parametrize("what", ["", "/cancel", "/messages"])
def test_without_the_token_there_is_no_order(client, wrong, what):
    cart = network.cart()
    path = f"/order/{cart.hash}/{wrong}{what}"
    assert (client.post(path, {"text": "Hello"}) if what else client.get(path)).status_code == 404
    assert client.get(f"/order/ZZZZZZZZ/{cart.shopper_token}").status_code == 404
    cart.refresh_from_db()
    assert cart.status == "ordered"
    assert Message.objects.count() == 0


def test_another_orders_token_opens_nothing(client):
    cart, other = network.cart(), network.cart()
    assert client.get(link(cart, other.shopper_token)).status_code == 404


def test_an_order_that_is_still_being_placed_is_none(client):
    assert client.get(link(network.cart(status="placing"))).status_code == 404


def test_the_hash_counts_in_any_letter_case(client):
    cart = network.cart()
    assert client.get(f"/order/{cart.hash.lower()}/{cart.shopper_token}").status_code == 200


@committed
def test_with_a_fulfillment_url_the_link_leads_to_the_retailer(client, stripe_double):
    cart = network.cart()
    update(cart.pk, [LineUpdate(network.GRILL, "received", fulfillment_url="https://orders.example/1")])
    answer = client.get(link(cart))
    assert (answer.status_code, answer["Location"]) == (302, "https://orders.example/1")


@committed
def test_a_shopper_cancels(client, stripe_double):
    cart = ordered(connected_store(stripe_double), stripe_double.card_token())
    assert stripe_double.books(cart.retailer)["holding"] == 43_192

    answer = client.post(f"{link(cart)}/cancel")
    assert (answer.status_code, answer["Location"]) == (302, link(cart))
    cart.refresh_from_db()
    assert cart.status == "cancelled"
    assert Stock.objects.get(store=cart.store, upc=network.GRILL).taken == 0
    assert stripe_double.books(cart.retailer)["holding"] == 0
    assert stripe_double.books(cart.retailer)["captured"] == 0
    page = read(client.get(link(cart)))
    assert "You cancelled it" in page
    assert "Your card was not charged; what was held is released." in page


def test_it_is_too_late_to_cancel_what_is_decided(client):
    cart = network.cart(status="confirmed")
    answer = client.post(f"{link(cart)}/cancel")
    assert answer.status_code == 409
    assert "The store was faster: it has decided your order." in read(answer)
    cart.refresh_from_db()
    assert cart.status == "confirmed"


def test_nothing_is_cancelled_by_following_a_link(client):
    cart = network.cart()
    assert client.get(f"{link(cart)}/cancel").status_code == 405
    cart.refresh_from_db()
    assert cart.status == "ordered"


def test_a_shopper_writes_to_the_store(client):
    cart = network.cart(status="rejected")
    answer = client.post(f"{link(cart)}/messages", {"text": " Could you order one? "})
    assert (answer.status_code, answer["Location"]) == (302, link(cart))
    assert Message.objects.values_list("author", "text").get() == ("shopper", "Could you order one?")
    assert "Could you order one?" in read(client.get(link(cart)))


@pytest.mark.parametrize("text", [" ", "x" * 2001])
def test_it_takes_no_empty_and_no_endless_message(client, text):
    answer = client.post(f"{link(network.cart())}/messages", {"text": text})
    assert answer.status_code == 422
    assert "A message has 1 to 2000 characters" in read(answer)
    assert Message.objects.count() == 0


def test_the_retailers_own_pages_have_the_thread(client):
    cart = network.cart(fulfillment_url="https://orders.example/1")
    assert client.post(f"{link(cart)}/messages", {"text": "Hello"}).status_code == 409
    assert Message.objects.count() == 0


def test_its_forms_are_sent_from_the_page_alone():
    cart = network.cart()
    client = Client(enforce_csrf_checks=True)
    assert client.post(f"{link(cart)}/cancel").status_code == 403
    cart.refresh_from_db()
    assert cart.status == "ordered"
