from __future__ import annotations

import time

import pytest
from django.db import connection, transaction

from pushcart.inventory.actions.forget_changes import forget_changes
from pushcart.inventory.actions.give_back import give_back
from pushcart.inventory.actions.hide import hide
from pushcart.inventory.actions.take import take
from pushcart.inventory.changing import CHANNEL
from pushcart.inventory.models import Change, Sellable, Stock
from pushcart.inventory.queries import Available, available
from pushcart.stores.actions.save_store import save_store
from pushcart.stores.errors import StoreError
from tests import network

GRILL, TOWEL = network.GRILL, network.TOWEL


@pytest.fixture
def store(db):
    there = network.store()
    network.stock(there, on_hand=5)
    Change.objects.all().delete()
    return there


def changes():
    """What was written since the last call."""
    found = list(Change.objects.order_by("id").values_list("store_id", "upc"))
    Change.objects.all().delete()
    return found


def test_it_is_what_is_on_hand_less_ordered_less_safety_stock(store):
    take(store.pk, GRILL, 1)
    save_store(store.company, store.number, safety_stock=2)

    assert available(store.pk, [GRILL]) == {GRILL: Available(qty=2, price=39900)}
    assert take(store.pk, GRILL, 3) is None
    assert take(store.pk, GRILL, 2) is not None
    assert Sellable.objects.get().qty == 0


def test_a_safety_stock_above_what_is_there_leaves_none(store):
    save_store(store.company, store.number, safety_stock=9)

    assert Sellable.objects.get().qty == 0
    with pytest.raises(StoreError, match="A safety stock is 0 to 1,000 pieces"):
        save_store(store.company, store.number, safety_stock=1001)


def test_a_hidden_product_keeps_what_others_ordered(store):
    snapshot = take(store.pk, GRILL, 2)

    assert hide(store.pk, GRILL)
    assert not hide(store.pk, GRILL)

    assert available(store.pk, [GRILL])[GRILL].qty == 0
    assert take(store.pk, GRILL, 1) is None
    assert give_back(store.pk, GRILL, 2, snapshot)
    assert available(store.pk, [GRILL])[GRILL].qty == 0


@pytest.mark.parametrize("price", [39900, 40000])
def test_the_next_feed_tells_it_anew(feed, store, price):
    hide(store.pk, GRILL)

    feed(f"upc,qty,price\n{GRILL},5,{price / 100}\n", into=store)

    assert available(store.pk, [GRILL]) == {GRILL: Available(qty=5, price=price)}


def test_every_change_of_what_can_be_sold_is_written_down(store):
    snapshot = take(store.pk, GRILL, 2)
    assert changes() == [(store.pk, GRILL)]
    give_back(store.pk, GRILL, 2, snapshot)
    assert changes() == [(store.pk, GRILL)]
    hide(store.pk, GRILL)
    assert changes() == [(store.pk, GRILL)]
    save_store(store.company, store.number, safety_stock=2)
    assert changes() == [(store.pk, None)]
    network.stock(store, TOWEL)
    assert changes() == [(store.pk, TOWEL)]
    Stock.objects.filter(upc=TOWEL).update(price=1)
    assert changes() == [(store.pk, TOWEL)]
    Stock.objects.filter(upc=TOWEL).delete()
    assert changes() == [(store.pk, TOWEL)]


def test_what_changes_nothing_for_a_shopper_is_not(store):
    take(store.pk, GRILL, 99)
    Stock.objects.update(snapshot=99)
    hide(store.pk, TOWEL)
    save_store(store.company, store.number, safety_stock=0, name="Another name")
    hide(store.pk, GRILL)
    changes()
    Stock.objects.update(on_hand=3)

    assert changes() == []


def test_of_many_at_once_the_store_alone_is_named(store):
    rows = [Stock(store=store, upc=f"{n:012}", on_hand=1, snapshot=1) for n in range(1000)]
    Stock.objects.bulk_create(rows)
    assert len(changes()) == 1000

    Stock.objects.update(on_hand=2)
    assert changes() == [(store.pk, None)]


@pytest.mark.django_db(transaction=True)
def test_a_reader_wakes_and_finds_what_was_committed():
    store = network.store()
    network.stock(store)
    _wait_for([(store.pk, GRILL)])
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    with transaction.atomic():
        take(store.pk, GRILL, 1)
        assert _readable() == [(store.pk, GRILL)]

    assert [told.channel for told in connection.connection.notifies(timeout=5, stop_after=1)] == [CHANNEL]
    _wait_for([(store.pk, GRILL), (store.pk, GRILL)])


def _wait_for(changes):
    """A transaction that began before and still runs, be it a neighbour's in another database, holds them back."""
    until = time.monotonic() + 60
    while _readable() != changes:
        assert time.monotonic() < until
        time.sleep(0.02)


def _readable():
    """As a reader in memory asks for them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT store_id, upc FROM inventory_change"
            " WHERE xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, id"
        )
        return cursor.fetchall()


def test_changes_are_forgotten_after_an_hour(store):
    take(store.pk, GRILL, 1)
    take(store.pk, GRILL, 1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_change SET at = now() - interval '61 minutes' WHERE id = %s", [_first()])

    assert forget_changes() == 1
    assert len(changes()) == 1


def _first():
    return Change.objects.earliest("id").pk
