"""Lines that nobody touched are packed; whoever asks or changes anything finds them as if each were a row."""

from __future__ import annotations

import io
import random
from collections import Counter
from functools import partial

import numpy as np
import polars as pl
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from pushcart.catalog.digits import with_check_digits
from pushcart.inventory.actions.give_back import give_back
from pushcart.inventory.actions.hide import hide
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.inventory.actions.receive_feed import receive_feed
from pushcart.inventory.actions.run_import import run_import
from pushcart.inventory.actions.take import take
from pushcart.inventory.feed import packs
from pushcart.inventory.feed.told import SHELF
from pushcart.inventory.models import Change, Packed, Sellable, ShelfLine, Since, Stock
from pushcart.inventory.queries import Available, available
from pushcart.stores.models import Store
from tests import network
from tests.at_once import at_once

MANY = 300
UPCS = [f"{int(number):012}" for number in with_check_digits(np.arange(60_184_200_000, 60_184_200_000 + MANY))]
LONG = "10614141000415"  # a GTIN of fourteen digits


def _text(qty, *, price="9.99", upcs=UPCS):
    """`qty` of each product, or of some by their places."""
    told = dict.fromkeys(range(len(upcs)), 5) | qty if isinstance(qty, dict) else dict.fromkeys(range(len(upcs)), qty)
    return "upc,qty,price\n" + "".join(f"{upc},{told[n]},{price}\n" for n, upc in enumerate(upcs))


def _on_hand(store):
    return dict(ShelfLine.objects.filter(store=store).values_list("upc", "on_hand"))


def _lines(packed):
    return [len(pack.numbers) for pack in packed.order_by("first")]


@pytest.fixture
def packed(feed, store):
    """A store that has five of each of 300 products, fed once."""
    feed(_text(5))
    return store


def test_it_packs_what_a_store_is_first_fed(packed):
    assert _lines(Packed.objects.filter(store=packed)) == [128, 128, 44]
    assert Stock.objects.count() == 0
    assert _on_hand(packed) == dict.fromkeys(UPCS, 5)


def test_it_packs_no_few_lines(feed, store):
    feed(_text(5, upcs=UPCS[:127]))

    assert (Packed.objects.count(), Stock.objects.count()) == (0, 127)


def test_it_says_what_a_packed_product_can_be_sold_for(packed):
    Store.objects.filter(pk=packed.pk).update(safety_stock=2)

    asked = available(packed.pk, [UPCS[0], UPCS[127], UPCS[128], UPCS[-1], "000000000000", network.GRILL])

    assert asked == dict.fromkeys((UPCS[0], UPCS[127], UPCS[128], UPCS[-1]), Available(qty=3, price=999))
    assert set(Sellable.objects.values_list("qty", "price")) == {(3, 999)}


def test_it_packs_gtins_of_any_length_and_lines_without_a_price(feed, store):
    feed(_text(5, price="", upcs=[*UPCS, LONG]))

    assert available(store.pk, [LONG, UPCS[3]]) == dict.fromkeys((LONG, UPCS[3]), Available(qty=5, price=None))
    assert _on_hand(store)[LONG] == 5


def test_an_order_makes_its_product_a_row(packed):
    assert take(packed.pk, UPCS[7], 2) is not None

    row = Stock.objects.get()
    assert (row.upc, row.on_hand, row.taken, row.price) == (UPCS[7], 5, 2, 999)
    assert row.snapshot == Packed.objects.first().snapshot
    assert ShelfLine.objects.get(store=packed, upc=UPCS[7]).taken == 2
    assert ShelfLine.objects.count() == MANY
    assert available(packed.pk, [UPCS[7]])[UPCS[7]].qty == 3


def test_an_order_of_too_many_leaves_it_packed(packed):
    assert take(packed.pk, UPCS[7], 6) is None
    assert take(packed.pk, network.GRILL, 1) is None

    assert (Stock.objects.count(), Since.objects.count()) == (0, 0)


def test_what_is_given_back_is_there_again(packed):
    came = take(packed.pk, UPCS[7], 5)

    assert give_back(packed.pk, UPCS[7], 5, came)
    assert available(packed.pk, [UPCS[7]])[UPCS[7]].qty == 5


def test_it_hides_a_packed_product(packed):
    assert hide(packed.pk, UPCS[200])

    assert available(packed.pk, [UPCS[200]])[UPCS[200]].qty == 0
    assert take(packed.pk, UPCS[200], 1) is None
    assert not hide(packed.pk, UPCS[200])


def test_few_changes_are_rows_and_the_packs_stay(packed, feed):
    before = list(Packed.objects.values_list("pk", "snapshot"))

    done = feed(_text({3: 9, 4: 0}))

    assert done.changed == 2
    assert dict(Stock.objects.values_list("upc", "on_hand")) == {UPCS[3]: 9, UPCS[4]: 0}
    assert list(Packed.objects.values_list("pk", "snapshot")) == before
    assert _on_hand(packed) == dict.fromkeys(UPCS, 5) | {UPCS[3]: 9, UPCS[4]: 0}


@pytest.mark.parametrize("compared", [True, False])
def test_many_changes_pack_the_store_anew(packed, feed, compared):
    take(packed.pk, UPCS[0], 1)
    several = dict.fromkeys(range(60), 7)

    done = feed(_text(several) if compared else _text(several).replace("upc", "UPC"))

    assert done.changed == 60
    assert Stock.objects.count() == 0
    assert set(Packed.objects.values_list("snapshot", flat=True)) == {done.pk}
    assert _on_hand(packed) == dict.fromkeys(UPCS, 5) | dict.fromkeys(UPCS[:60], 7)


def test_what_was_ordered_since_stays_a_row_where_a_store_is_packed_anew(packed, feed):
    take(packed.pk, UPCS[0], 1)
    late = receive_feed(packed.company, io.BytesIO(_text(7).encode()), source="t", store=packed)
    take(packed.pk, UPCS[1], 2)
    take(packed.pk, UPCS[299], 3)
    hide(packed.pk, UPCS[150])

    run_import(late.pk)

    assert list(Stock.objects.order_by("upc").values_list("upc", "on_hand", "taken", "hidden")) == [
        (UPCS[1], 7, 2, False),
        (UPCS[150], 7, 0, True),
        (UPCS[299], 7, 3, False),
    ]
    assert sum(_lines(Packed.objects)) == MANY - 3
    assert _on_hand(packed) == dict.fromkeys(UPCS, 7)


def test_nights_of_few_changes_pack_the_store_in_the_end(packed, feed):
    told, rows = {}, []
    for night in range(5):
        told |= {night * 10 + n: 8 for n in range(10)}
        feed(_text(told))
        rows.append(Stock.objects.count())

    assert rows == [10, 20, 30, 0, 10]
    assert _on_hand(packed) == dict.fromkeys(UPCS, 5) | dict.fromkeys(UPCS[:50], 8)


def test_a_delta_leaves_the_packs_as_they_are(packed, feed):
    feed(_text(9, upcs=UPCS[:100]), delta=True)

    assert (Stock.objects.count(), sum(_lines(Packed.objects))) == (100, MANY)
    assert _on_hand(packed) == dict.fromkeys(UPCS, 5) | dict.fromkeys(UPCS[:100], 9)


def test_a_delta_that_is_the_first_of_a_store_is_packed(feed, store):
    delta = feed(_text(9), delta=True)
    snapshot = feed("upc,qty\n" + f"{UPCS[0]},1\n", force=True)

    assert snapshot.changed == MANY
    assert delta.changed == MANY
    assert _on_hand(store) == dict.fromkeys(UPCS, 0) | {UPCS[0]: 1}


def test_packs_that_are_written_say_that_their_store_changed(feed, store):
    feed(_text(5))

    assert list(Change.objects.values_list("store_id", "upc")) == [(store.pk, None)]


def _insert(store, numbers=(10,), on_hand=(1,), prices=(-1,), first=10):
    Packed.objects.create(
        store_id=store, first=first, numbers=list(numbers), on_hand=list(on_hand), prices=list(prices), snapshot=1
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"on_hand": (-1,)},
        {"on_hand": (None,)},
        {"on_hand": (1, 2)},
        {"prices": (-2,)},
        {"prices": (None,)},
        {"prices": ()},
        {"numbers": ()},
        {"numbers": (10, 9), "on_hand": (1, 1), "prices": (1, 1)},
        {"numbers": (10, 12, 11), "on_hand": (1, 1, 1), "prices": (1, 1, 1)},
        {"numbers": (10, None), "on_hand": (1, 1), "prices": (1, 1)},
        {"first": 9},
    ],
)
def test_the_database_refuses_a_pack_that_is_none(store, wrong):
    with pytest.raises(IntegrityError, match="inventory_packed_"), transaction.atomic():
        _insert(store.pk, **wrong)

    assert Packed.objects.count() == 0


def test_the_database_refuses_packs_of_no_store_and_stores_that_leave_packs_behind(packed):
    with pytest.raises(IntegrityError, match="There is no store 0"), transaction.atomic():
        _insert(0)
    with (
        pytest.raises(IntegrityError, match="still has stock"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM inventory_freshness; DELETE FROM stores_store WHERE id = %s", [packed.pk])


def test_the_database_refuses_packs_that_reach_into_each_other(store):
    _insert(store.pk, numbers=(10, 30), on_hand=(1, 1), prices=(1, 1))
    _insert(store.pk, numbers=(31,), first=31)
    with pytest.raises(IntegrityError, match=f"Packs of store {store.pk} reach into each other"), transaction.atomic():
        _insert(store.pk, numbers=(20,), first=20)

    assert Packed.objects.count() == 2


def test_the_database_changes_no_pack(packed):
    with pytest.raises(IntegrityError, match="A pack is not changed"), transaction.atomic():
        Packed.objects.update(snapshot=0)


def test_a_store_that_is_deleted_takes_its_packs_along(packed):
    Store.objects.get(pk=packed.pk).delete()

    assert (Packed.objects.count(), ShelfLine.objects.count()) == (0, 0)


lines = st.dictionaries(
    st.integers(1, 10**14 - 1),
    st.tuples(st.integers(0, 2**31 - 1), st.one_of(st.none(), st.integers(0, 2**40))),
    min_size=1,
    max_size=2 * packs.LINES + 3,
)


@pytest.mark.django_db
@given(lines, st.integers(1, 2**40))
def test_it_reads_what_it_wrote(told, snapshot):
    shelf = pl.DataFrame([(number, *told[number]) for number in sorted(told)], schema=SHELF, orient="row", strict=False)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        with cursor.copy(packs.WRITE) as copy:
            for piece in packs.packs(7, shelf, snapshot=snapshot):
                copy.write(piece)
        cursor.execute(packs.READ, [7])
        read = packs.unpacked(cursor.fetchone())
        transaction.set_rollback(True)

    assert read[0].equals(shelf)
    assert read[1] == snapshot


@pytest.mark.django_db(transaction=True)
def test_orders_among_feeds_that_pack_the_store_anew_are_neither_lost_nor_doubled():
    store = network.store(number="7")
    goods = UPCS[:: MANY // 10]

    def feed(qty):
        text = _text(dict.fromkeys(range(0, MANY, 2), qty) | dict.fromkeys(range(1, MANY, 2), 40))
        return import_feed(store.company, io.BytesIO(text.encode()), source="t", store=store, force=True).pk

    def order(seed):
        draw = random.Random(seed)
        upcs = [draw.choice(goods) for _ in range(40)]
        return [(upc, came) for upc in upcs if (came := take(store.pk, upc, 1)) is not None]

    feed(40)
    *orders, feeds = at_once(
        *[partial(order, seed) for seed in range(3)], lambda: [feed(qty) for qty in (41, 42, 43, 44)]
    )

    assert sum(map(len, orders)) == 120
    since = Counter(upc for told in orders for upc, came in told if came >= feeds[-1])
    assert dict(ShelfLine.objects.filter(taken__gt=0).values_list("upc", "taken")) == since
    assert _on_hand(store) == {upc: 40 if n % 2 else 44 for n, upc in enumerate(UPCS)}
    assert {upc: there.qty for upc, there in available(store.pk, goods).items()} == {
        upc: _on_hand(store)[upc] - since[upc] for upc in goods
    }
