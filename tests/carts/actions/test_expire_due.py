from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from pushcart.carts.actions.confirm import confirm
from pushcart.carts.actions.expire_due import expire_due
from pushcart.carts.models import Cart, Document
from pushcart.inventory.models import Stock
from tests import doubles, network
from tests.carts.orders import everything, line_of, say, shown, told
from tests.carts.paid import connected_store, ordered

pytestmark = pytest.mark.django_db
clock_file = doubles.clock_file

GRILL, TOWEL = network.GRILL, network.TOWEL


@pytest.fixture(autouse=True)
def _frozen(clock):
    clock.freeze(clock.now())


def test_it_rejects_at_the_end_of_the_window(clock):
    cart = network.cart(path="ropis", lines=[(GRILL, 2)])
    clock.move(timedelta(hours=2) - timedelta(microseconds=1))
    assert expire_due() == 0
    assert line_of(cart).status == "ordered"

    clock.move(timedelta(microseconds=1))

    assert expire_due() == 1
    assert line_of(cart).status == "auto_rejected"
    assert told(cart) == ["carts.ordered", "carts.auto_rejected"]
    assert shown(cart)["respond_by"] is None
    assert Stock.objects.get(store=cart.store, upc=GRILL).taken == 0
    assert expire_due() == 0


def test_it_asks_no_card_network(stripe_double, clock):
    store = connected_store(stripe_double)
    cart = ordered(store, stripe_double.card_token())
    clock.move(timedelta(hours=2))

    assert expire_due() == 1

    assert line_of(cart).status == "auto_rejected"
    assert stripe_double.movements(store.company) == [("hold", 43192)]
    assert told(cart) == ["carts.ordered", "carts.auto_rejected"]


def test_it_leaves_decided_lines_as_they_are(clock):
    cart = network.cart(path="ropis", lines=[(GRILL, 1), (TOWEL, 1)])
    say(cart, confirm, TOWEL)
    clock.move(timedelta(hours=2))

    assert expire_due() == 1

    assert (line_of(cart, GRILL).status, line_of(cart, TOWEL).status) == ("auto_rejected", "confirmed")
    assert shown(cart)["status"] == "confirmed"


@pytest.mark.parametrize("status", ["confirmed", "rejected", "cancelled", "fulfilled"])
def test_it_leaves_decided_carts_alone(status, clock):
    cart = network.cart(path="ropis", status=status)
    before = everything(cart)
    clock.move(timedelta(days=30))

    assert expire_due() == 0

    assert everything(cart) == before


def test_it_takes_the_longest_due_first_and_no_more_than_asked(clock):
    carts = [network.cart(path="ropis", respond_by=clock.now() + timedelta(minutes=m)) for m in (30, 10, 20)]
    clock.move(timedelta(hours=1))

    assert expire_due(limit=2) == 2
    assert [line_of(cart).status for cart in carts] == ["ordered", "auto_rejected", "auto_rejected"]


def test_it_does_not_let_one_broken_cart_stand_in_the_others_way(clock):
    broken, sound = network.cart(path="ropis"), network.cart(path="ropis")
    # Its next document's place is taken: a fault that no action makes.
    Document.objects.create(cart=broken, sequence=2, body="{}")
    Cart.objects.filter(pk=broken.pk).update(respond_by=clock.now())
    clock.move(timedelta(hours=2))

    assert expire_due() == 1

    assert (line_of(broken).status, line_of(sound).status) == ("ordered", "auto_rejected")
    assert not connection.needs_rollback


def test_a_late_word_wins_that_comes_before_the_timetable(clock):
    cart = network.cart(path="ropis")
    clock.move(timedelta(hours=3))

    say(cart, confirm)

    assert expire_due() == 0
    assert line_of(cart).status == "confirmed"
