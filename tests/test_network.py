"""The factories themselves: whatever they write is valid, and says what it was asked to say."""

from __future__ import annotations

import json

import pytest

from pushcart.carts.models import Cart
from pushcart.carts.states import LINE
from pushcart.eligibility.check import check
from pushcart.events.models import Event
from pushcart.inventory.models import Stock
from pushcart.payments.models import Hold, Refund
from tests import network

pytestmark = pytest.mark.django_db

# authorised, held, captured, released, kept, refunded of a grill with its tax, 43,192 cents.
MONEY = {
    "placing": (0, 0, 0, 0, 0, 0),
    "refused": (0, 0, 0, 0, 0, 0),
    "ordered": (43192, 43192, 0, 0, 0, 0),
    "received": (43192, 43192, 0, 0, 0, 0),
    "confirmed": (43192, 0, 43192, 0, 43192, 0),
    "charge_failed": (43192, 0, 0, 43192, 0, 0),
    "fulfilled": (43192, 0, 43192, 0, 43192, 0),
    "partially_refunded": (43192, 0, 43192, 0, 21596, 21596),
    "refunded": (43192, 0, 43192, 0, 0, 43192),
    "rejected": (43192, 0, 0, 43192, 0, 0),
    "auto_rejected": (43192, 0, 0, 43192, 0, 0),
    "cancelled": (43192, 0, 0, 43192, 0, 0),
}


@pytest.mark.parametrize("status", LINE.states)
def test_it_gives_a_cart_in_any_status(status):
    cart = network.cart(status=status)

    line = cart.lines.get()
    assert line.status == status
    assert MONEY[status] == (
        line.authorised,
        line.held,
        line.captured,
        line.released,
        line.kept,
        line.refunded,
    )
    hold = Hold.objects.get(line_id=line.pk)
    assert (hold.captured, hold.refunded) == (line.captured, line.refunded)
    assert sum(refund.amount for refund in Refund.objects.filter(hold=hold)) == line.refunded


@pytest.mark.parametrize("status", [s for s in LINE.states if s not in {"placing", "refused"}])
def test_its_document_and_events_agree_with_the_rows(status):
    cart = network.cart(lines=[(network.GRILL, 1), (network.TOWEL, 2)], status=status)

    document = json.loads(cart.documents.latest("sequence").body)
    assert document["status"] == cart.status == status
    assert document["sequence"] == cart.sequence == cart.documents.count()
    assert [item["status"] for item in document["items"]] == [status, status]
    assert [item["qty"] for item in document["items"]] == [1, 2]
    told = Event.objects.filter(cart_id=cart.pk, company_id=cart.retailer_id).order_by("number")
    assert [event.sequence for event in told] == list(range(1, cart.sequence + 1))


def test_a_cart_left_unsettled_owes_its_money():
    cart = network.cart(status="confirmed", settled=False)

    line = cart.lines.get()
    assert (line.held, line.captured) == (43192, 0)
    assert Hold.objects.get(line_id=line.pk).state == "held"


def test_a_cart_takes_its_pieces_off_the_stock():
    store = network.whole_store()
    network.product()
    network.stock(store, on_hand=5)

    network.cart(store, lines=[(network.GRILL, 2)])

    assert Stock.objects.get(store=store, upc=network.GRILL).taken == 2


def test_a_test_cart_takes_nothing_off_the_stock():
    cart = network.cart(test=True)

    assert Stock.objects.get(store=cart.store, upc=network.GRILL).taken == 0


def test_a_reservation_holds_no_card():
    cart = network.cart(path="ropis")

    assert cart.status == "ordered"
    assert not Hold.objects.exists()
    assert json.loads(cart.documents.latest("sequence").body)["payment"]["status"] == "none"


def test_two_carts_of_one_store_share_the_network():
    store = network.whole_store()

    network.cart(store)
    network.cart(store, status="confirmed")

    assert Cart.objects.filter(store=store).count() == 2


def test_a_whole_store_can_sell_by_pushcart():
    answer = check(network.whole_store())

    assert answer.pushcart
    assert answer.standard
    assert answer.reasons == []
