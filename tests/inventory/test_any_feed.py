"""Random feeds with bad rows among the good: the good are all in, the bad all reported, nothing else has changed."""

from __future__ import annotations

import io

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from stdnum import ean

from pushcart.inventory.actions.import_feed import import_feed
from pushcart.inventory.models import Import, Stock
from tests import network
from tests.inventory.conftest import packing, shelf

_BODIES = [f"03600029{n:03}" for n in range(30)]
UPCS = [body + ean.calc_check_digit(body) for body in _BODIES]
WRONG = [upc[:-1] + str((int(upc[-1]) + 3) % 10) for upc in UPCS]

good = st.tuples(
    st.sampled_from(UPCS),
    st.integers(min_value=0, max_value=500).map(str),
    st.one_of(st.just(""), st.integers(min_value=1, max_value=99_999).map(lambda cents: f"{cents / 100:.2f}")),
)
unreadable_number = st.one_of(
    st.tuples(st.sampled_from(UPCS), st.sampled_from(["", "x", "1.5", "1e3", "½", "99999999"]), st.just("1.00")),
    st.tuples(st.sampled_from(UPCS), st.just("1"), st.sampled_from(["x", "-1", "1.999", "1.2.3", "1 000,00 kr"])),
)
unknown_product = st.tuples(
    st.one_of(st.sampled_from(WRONG), st.sampled_from(["", "abc", "6.0E+11", "12345", "9" * 20])),
    st.just("1"),
    st.just("1.00"),
)
rows = st.lists(st.one_of(good, good, good, unreadable_number, unknown_product), min_size=1, max_size=40)
stock_before = st.dictionaries(
    st.sampled_from(UPCS), st.tuples(st.integers(min_value=0, max_value=9), st.integers(min_value=0, max_value=9))
)
orders = st.sampled_from([("upc", "qty", "price"), ("price", "upc", "qty"), ("qty", "price", "upc")])


class AnyFeed(TestCase):
    """Hypothesis' own TestCase rolls back after each example."""

    @settings(max_examples=200)
    @given(rows, stock_before, orders, st.sampled_from([1, 128]))
    def test_it_takes_the_good_rows_reports_the_bad_and_touches_nothing_else(self, told, before, order, packed):
        store, neighbour = _stores(before)
        untouched = shelf(neighbour)

        with packing(packed):
            done = import_feed(store.company, _file(told, order), source="a test", store=store, force=True)

        expected, refused = _expected(told, before)
        assert shelf(neighbour) == untouched
        assert [remark["line"] for remark in done.refused] == refused
        assert done.rows == len(told)
        if any(_is_good(row) for row in told):
            assert done.state == Import.State.DONE
            assert {upc: now for upc, now in shelf(store).items() if now[0] or upc in expected} == expected
        else:
            assert done.state == Import.State.FAILED
            assert shelf(store) == {upc: (most, least, 100) for upc, (least, most) in _ordered(before).items()}


def _stores(before):
    store = network.store(number="7")
    neighbour = network.store(store.company, number="8")
    snapshot = network.fed(store).snapshot
    for there in (store, neighbour):
        Stock.objects.bulk_create(
            Stock(store=there, upc=upc, on_hand=most, taken=least, price=100, snapshot=snapshot)
            for upc, (least, most) in _ordered(before).items()
        )
    return store, neighbour


def _ordered(before):
    return {upc: (min(pair), max(pair)) for upc, pair in before.items()}


def _file(told, order):
    place = {"upc": 0, "qty": 1, "price": 2}
    lines = [",".join(order)]
    lines += [",".join(f'"{row[place[name]]}"' for name in order) for row in told]
    return io.BytesIO("\n".join([*lines, ""]).encode())


def _is_good(row):
    upc, qty, price = row
    return upc in UPCS and qty.isascii() and qty.isdigit() and int(qty) <= 500 and (not price or _is_price(price))


def _is_price(price):
    whole, _, cents = price.partition(".")
    return whole.isdigit() and cents.isdigit() and len(cents) == 2


def _expected(told, before):
    """The shelf as the plain reading of the rules has it, and the lines that must be reported."""
    last_good = {row[0]: line for line, row in enumerate(told, 2) if _is_good(row)}
    shelf_after = {}
    for upc, line in last_good.items():
        _, qty, price = told[line - 2]
        shelf_after[upc] = (int(qty), 0, round(float(price) * 100) if price else None)
    for upc, qty, _price in told:
        kept = upc in UPCS and upc not in last_good and upc in before
        if kept:
            shelf_after[upc] = (max(before[upc]), min(before[upc]), 100)
        assert qty is not None
    refused = [line for line, row in enumerate(told, 2) if not _is_good(row) or last_good[row[0]] != line]
    return shelf_after, refused
