from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from pushcart.events.models import Event
from pushcart.messages.actions.post import EmptyMessageError, ThreadClosedError, post
from pushcart.messages.models import Message
from tests import network

pytestmark = pytest.mark.django_db


def posted(cart):
    return list(Event.objects.filter(type="messages.posted", cart_id=cart.pk))


@pytest.mark.parametrize("status", ["ordered", "confirmed", "rejected", "auto_rejected", "fulfilled"])
def test_it_writes_whatever_became_of_the_order(status, clock):
    cart = network.cart(status=status)
    clock.freeze(clock.now())

    message = post(cart.pk, author="shopper", text="  Could you order one?\n")

    assert (message.author, message.text, message.written_at) == ("shopper", "Could you order one?", clock.now())
    [event] = posted(cart)
    assert (event.company_id, event.cart_hash, event.sequence, event.test) == (
        cart.retailer_id,
        cart.hash,
        cart.sequence,
        False,
    )
    assert event.data == {"author": "shopper", "text": "Could you order one?"}


def test_the_brand_does_not_read_along():
    cart = network.cart()
    post(cart.pk, author="store", text="Come at noon.")
    assert {event.company_id for event in posted(cart)} == {cart.retailer_id}


def test_a_test_orders_thread_stays_among_test_events():
    cart = network.cart(test=True)
    post(cart.pk, author="shopper", text="Hello")
    assert [event.test for event in posted(cart)] == [True]


@pytest.mark.parametrize(("text", "length"), [("", 0), (" \n ", 0), ("x" * 2001, 2001)])
def test_it_takes_nothing_that_is_empty_or_too_long(text, length):
    cart = network.cart()
    with pytest.raises(EmptyMessageError, match=f"A message has 1 to 2000 characters; this one has {length}."):
        post(cart.pk, author="shopper", text=text)
    assert Message.objects.count() == 0
    assert posted(cart) == []


def test_it_takes_the_longest():
    cart = network.cart()
    assert len(post(cart.pk, author="shopper", text="x" * 2000).text) == 2000


@pytest.mark.parametrize("author", ["shopper", "store"])
def test_a_fulfillment_url_closes_the_thread(author):
    cart = network.cart(fulfillment_url="https://orders.example/1")
    with pytest.raises(ThreadClosedError):
        post(cart.pk, author=author, text="Hello")
    assert Message.objects.count() == 0
    assert posted(cart) == []


def test_the_database_keeps_no_empty_message():
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(cart=network.cart(), author="shopper", text="")
