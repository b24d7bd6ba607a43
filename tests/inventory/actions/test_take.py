from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from pushcart.inventory.actions.give_back import give_back
from pushcart.inventory.actions.take import take
from pushcart.inventory.models import Stock
from pushcart.inventory.queries import Available, available
from tests import network
from tests.at_once import at_once

GRILL = network.GRILL


@pytest.fixture
def store(db):
    there = network.store()
    network.stock(there, on_hand=3)
    return there


def test_it_takes_what_is_there(store):
    snapshot = take(store.pk, GRILL, 2)

    assert snapshot == Stock.objects.get().snapshot
    assert available(store.pk, [GRILL]) == {GRILL: Available(qty=1, price=39900)}


@pytest.mark.parametrize("qty", [4, 1_000_000])
def test_it_takes_nothing_where_there_is_too_little(store, qty):
    assert take(store.pk, GRILL, qty) is None
    assert Stock.objects.get().taken == 0


def test_it_takes_nothing_of_a_product_that_was_never_fed(store):
    assert take(store.pk, network.TOWEL, 1) is None
    assert available(store.pk, [network.TOWEL]) == {}


@pytest.mark.parametrize("qty", [0, -1])
def test_it_refuses_to_take_or_give_back_less_than_one(store, qty):
    with pytest.raises(ValueError, match="at least one piece"):
        take(store.pk, GRILL, qty)
    with pytest.raises(ValueError, match="at least one piece"):
        give_back(store.pk, GRILL, qty, 1)


def test_it_gives_back_what_was_taken(store):
    snapshot = take(store.pk, GRILL, 2)

    assert give_back(store.pk, GRILL, 2, snapshot)
    assert Stock.objects.get().taken == 0


def test_it_gives_back_no_more_than_was_taken(store):
    snapshot = take(store.pk, GRILL, 2)

    assert not give_back(store.pk, GRILL, 3, snapshot)
    assert Stock.objects.get().taken == 2


def test_the_database_keeps_stock_from_being_oversold(store):
    with pytest.raises(IntegrityError, match="inventory_not_oversold"), transaction.atomic():
        Stock.objects.update(taken=4)


def test_a_product_without_a_price_of_the_stores_has_the_brands(store):
    Stock.objects.update(price=None)
    assert available(store.pk, [GRILL]) == {GRILL: Available(qty=3, price=None)}

    network.product(msrp=45_000)

    assert available(store.pk, [GRILL]) == {GRILL: Available(qty=3, price=45000)}


@pytest.mark.django_db(transaction=True)
def test_of_many_orders_for_the_last_pieces_as_many_win_as_there_are_pieces():
    store = network.store()
    network.stock(store, on_hand=3)

    won = at_once(*[lambda: take(store.pk, GRILL, 1)] * 8)

    assert sorted(snapshot is not None for snapshot in won) == [False] * 5 + [True] * 3
    assert Stock.objects.get().taken == 3
