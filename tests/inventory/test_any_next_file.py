"""The next night's file comes to the same whether it is compared with the last one or read whole."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from django.db import OperationalError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from pushcart.catalog.digits import with_check_digits
from pushcart.events.models import Event
from pushcart.inventory.actions import renew_alike, run_import
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.inventory.actions.receive_feed import receive_feed
from pushcart.inventory.actions.take import take
from pushcart.inventory.feed.keep import kept
from pushcart.inventory.models import Freshness, Import, ShelfLine
from tests import network
from tests.inventory.conftest import packing

UPCS = [f"{int(number):012}" for number in with_check_digits(np.arange(60_184_249_500, 60_184_249_512))]
NEW = f"{int(with_check_digits(np.array([60_184_249_600]))[0]):012}"
STORES = ("7", "8")
RECORD = ("state", "rows", "changed", "refused", "repaired", "error")

lines = st.lists(
    st.tuples(
        st.sampled_from(STORES), st.sampled_from(UPCS), st.integers(0, 4), st.sampled_from(["", "9.99", "12.50"])
    ),
    unique_by=lambda line: line[:2],
    min_size=6,
    max_size=24,
)
at = st.integers(0, 50)
edits = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), at, st.integers(0, 4)),
        st.tuples(st.just("drop"), at),
        st.tuples(st.just("repeat"), at, at),
        st.tuples(st.just("move"), at, at),
        st.tuples(
            st.just("write"), at, st.sampled_from(["", ",,,", "7,12,1,1", "9,601842495575,1,", '"7",x', "7;1;2"])
        ),
        st.tuples(st.just("add"), at, st.sampled_from(STORES), st.sampled_from(UPCS), st.integers(0, 4)),
    ),
    max_size=4,
)


def _text(rows, end="\n", last="\n"):
    body = [",".join(map(str, row)) if isinstance(row, tuple) else row for row in rows]
    return (end.join(["store,upc,qty,price", *body]) + (end if last else "")).encode()


def _edited(rows, edits):
    rows = list(rows)
    for name, place, *values in edits:
        where = place % (len(rows) or 1)
        if name == "sell" and rows and isinstance(rows[where], tuple):
            rows[where] = (*rows[where][:2], values[0], rows[where][3])
        elif name == "drop" and len(rows) > 1:
            del rows[where]
        elif name == "repeat":
            rows.insert(values[0] % len(rows), rows[where])
        elif name == "move":
            rows.insert(values[0] % len(rows), rows.pop(where))
        elif name == "write":
            rows.insert(where, values[0])
        elif name == "add":
            rows.insert(where, (*values, ""))
    return rows


class AnyNextFile(TestCase):
    """Hypothesis' own TestCase rolls back after each example."""

    @settings(max_examples=60)
    @given(
        lines,
        edits,
        st.sampled_from(["\n", "\r\n"]),
        st.booleans(),
        st.lists(at, max_size=3),
        st.sampled_from([1, 128]),
    )
    def test_it_comes_to_the_same(self, rows, edits, end, last, orders, packed):
        first, second = _text(rows), _text(_edited(rows, edits), end, last)

        with packing(packed):
            compared = _fed(first, second, orders)
        assert compared == _fed(first, second, orders, whole=True)


def _fed(first, second, orders, *, whole=False):
    """What comes of two files, one after the other, with orders between them."""
    company = network.retailer()
    stores = {network.store(company, number=number).pk: number for number in STORES}
    import_feed(company, io.BytesIO(first), source="first")
    for n in orders:
        take(list(stores)[n % 2], UPCS[n % len(UPCS)], 1)
    if whole:
        Import.objects.filter(company=company).update(read_as=None)
    feed = import_feed(company, io.BytesIO(second), source="second")
    told = {name: getattr(feed, name) for name in RECORD}
    stock = ShelfLine.objects.filter(store__in=stores)
    freshness = Freshness.objects.filter(store__in=stores)
    return (
        {**told, "named": {stores[pk] for pk in feed.named}, "applied": sorted(stores[pk] for pk in feed.applied)},
        {(stores[row.store_id], row.upc): (row.on_hand, row.taken, row.hidden, row.price) for row in stock},
        {
            stores[row.store_id]: (row.digest and (bytes(row.digest), row.lines, row.in_stock), row.snapshot == feed.pk)
            for row in freshness
        },
        sorted(event.data["changed"] for event in Event.objects.filter(company_id=company.pk, type="inventory.fed")),
    )


@pytest.fixture
def reading(monkeypatch):
    """Files that were read whole."""
    files = []

    def _read(feed, *args):
        files.append(feed.source)
        return read(feed, *args)

    read = run_import._read
    monkeypatch.setattr(run_import, "_read", _read)
    return files


@pytest.mark.parametrize(
    ("edits", "whole"),
    [
        ([], False),
        ([("sell", 2, 1), ("drop", 5), ("move", 0, 7)], False),
        ([("add", 0, "7", NEW, 2)], False),
        ([("write", 3, "")], False),
        ([("write", 3, "7,12,1,1")], True),  # something is to be said of it
        ([("repeat", 3, 9)], True),
        ([("add", 0, "7", UPCS[3], 2)], True),  # told twice
        ([("add", 0, "8", UPCS[0], 2)], True),  # of a store that the last one did not name
        ([("drop", 0)] * 7, True),  # most of it is gone
    ],
)
def test_of_one_that_is_nearly_the_last_one_only_what_differs_is_read(db, reading, edits, whole):
    rows = [("7", upc, 3, "9.99") for upc in UPCS]

    _fed(_text(rows), _text(_edited(rows, edits)), [])

    assert reading == ["first", "second"] if whole else ["first"]


@pytest.mark.parametrize("between", ["delta", "stores", "currency"])
def test_it_is_read_whole_where_the_last_one_does_not_say_what_stands(db, reading, between):
    company = network.retailer()
    store = network.store(company, number="7")
    text = _text([("7", upc, 3, "9.99") for upc in UPCS])
    import_feed(company, io.BytesIO(text), source="first")
    if between == "delta":
        import_feed(company, io.BytesIO(_text([("7", UPCS[0], 1, "9.99")])), source="delta", delta=True)
    elif between == "stores":
        network.store(company, number="07")
    else:
        company.currency = "EUR"
        company.save()
    reading.clear()

    feed = import_feed(company, io.BytesIO(text), source="second")

    assert reading == ["second"]
    assert (feed.state, feed.changed) == ("done", 1 if between == "delta" else 0)
    assert set(ShelfLine.objects.filter(store=store).values_list("on_hand", flat=True)) == {3}


@pytest.mark.parametrize("touch", [Path.unlink, lambda file: file.write_bytes(file.read_bytes()[:-60])])
def test_it_is_read_whole_where_the_last_file_is_gone_or_another(db, reading, touch):
    company = network.retailer()
    network.store(company, number="7")
    rows = [("7", upc, 3, "9.99") for upc in UPCS]
    last = import_feed(company, io.BytesIO(_text(rows)), source="first")
    touch(kept(last.pk))

    feed = import_feed(company, io.BytesIO(_text(_edited(rows, [("sell", 2, 1)]))), source="second")

    assert (reading, feed.state, feed.changed) == (["first", "second"], "done", 1)


def test_one_that_broke_off_between_two_groups_of_stores_goes_on(db, reading, monkeypatch):
    company = network.retailer()
    stores = [network.store(company, number=str(number)) for number in range(1, 31)]
    rows = [(store.number, upc, 3, "9.99") for store in stores for upc in UPCS[:4]]
    import_feed(company, io.BytesIO(_text(rows)), source="first")
    sold = [(*row[:2], 2, row[3]) if row[1] == UPCS[0] else row for row in rows]
    done = []

    def _renew(feed, last, changes):
        if len(done) == 1:
            raise OperationalError("the database went away")
        done.append(renew(feed, last, changes))
        return done[-1]

    renew = renew_alike.renew_changed
    monkeypatch.setattr(renew_alike, "renew_changed", _renew)
    feed = receive_feed(company, io.BytesIO(_text(sold)), source="second")
    with pytest.raises(OperationalError):
        run_import.run_import(feed.pk)
    feed.refresh_from_db()
    assert (feed.state, len(feed.applied), feed.changed) == ("running", 20, 20)
    done.clear()

    feed = run_import.run_import(feed.pk)

    assert (feed.state, feed.rows, feed.changed, len(done)) == ("done", 120, 30, 1)
    assert sorted(feed.applied) == sorted(store.pk for store in stores)
    assert reading == ["first"]
    assert set(ShelfLine.objects.filter(upc=UPCS[0]).values_list("on_hand", flat=True)) == {2}
