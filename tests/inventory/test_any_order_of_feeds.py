"""Feeds that come and are read in any order among orders, returns and rejections: what came since is never lost."""

from __future__ import annotations

import io

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from pushcart.inventory.actions.give_back import give_back
from pushcart.inventory.actions.hide import hide
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.inventory.actions.receive_feed import receive_feed
from pushcart.inventory.actions.run_import import run_import
from pushcart.inventory.actions.take import take
from pushcart.inventory.models import ShelfLine
from tests import network
from tests.inventory.conftest import packing

PRODUCTS = (network.GRILL, network.TOWEL)

product = st.sampled_from(PRODUCTS)
told = st.dictionaries(product, st.integers(0, 6), min_size=1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("receive"), told, st.booleans()),
        st.tuples(st.just("read"), st.integers(0, 9)),
        st.tuples(st.just("take"), product, st.integers(1, 3)),
        st.tuples(st.just("give back"), st.integers(0, 9)),
        st.tuples(st.just("hide"), product),
    ),
    max_size=20,
)


class Shelf:
    """The plain reading of the rules: all that happened, in its order, and which feeds have been read."""

    def __init__(self, store):
        self.store = store
        self.waiting, self.orders, self.hidden = [], [], []
        self.counted = dict.fromkeys(PRODUCTS, (0, 6))  # by which feed, and how many it told
        self.newest_snapshot = 0

    def receive(self, told, delta):
        text = "upc,qty\n" + "".join(f"{upc},{qty}\n" for upc, qty in told.items())
        feed = receive_feed(
            self.store.company, io.BytesIO(text.encode()), source="t", store=self.store, delta=delta, force=True
        )
        self.waiting.append((feed.pk, told, delta))

    def read(self, which):
        if not self.waiting:
            return
        number, told, delta = self.waiting.pop(which % len(self.waiting))
        run_import(number)
        if number < self.newest_snapshot:
            return
        if not delta:
            self.newest_snapshot = number
        for upc in told if delta else PRODUCTS:
            if number > self.counted[upc][0]:
                self.counted[upc] = (number, told.get(upc, 0))

    def take(self, upc, qty):
        left = self._expected(upc)
        came = take(self.store.pk, upc, qty)
        assert (came is not None) == (not left[2] and left[0] - left[1] >= qty)
        if came is not None:
            self.orders.append((upc, qty, came))

    def give_back(self, which):
        if self.orders:
            upc, qty, came = self.orders.pop(which % len(self.orders))
            assert give_back(self.store.pk, upc, qty, came) == (came >= self.counted[upc][0])

    def hide(self, upc):
        hide(self.store.pk, upc)
        self.hidden.append((upc, self._came()))

    def check(self):
        rows = ShelfLine.objects.filter(store=self.store).values_list("upc", "on_hand", "taken", "hidden")
        assert {upc: tuple(values) for upc, *values in rows} == {upc: self._expected(upc) for upc in PRODUCTS}

    def _expected(self, upc):
        feed, qty = self.counted[upc]
        taken = sum(pieces for what, pieces, came in self.orders if what == upc and came >= feed)
        return qty, min(taken, qty), any(what == upc and came >= feed for what, came in self.hidden)

    def _came(self):
        return max([self.first, *(number for number, *_ in self.waiting), *(n for n, _ in self.counted.values())])


class AnyOrder(TestCase):
    """Hypothesis' own TestCase rolls back after each example."""

    @settings(max_examples=40)
    @given(steps, st.sampled_from([1, 128]))
    def test_what_was_ordered_and_hidden_since_a_feed_came_outlives_it(self, steps, packed):
        store = network.store(number="7")
        shelf = Shelf(store)
        text = "upc,qty\n" + "".join(f"{upc},6\n" for upc in PRODUCTS)
        first = import_feed(store.company, io.BytesIO(text.encode()), source="t", store=store)
        shelf.first = shelf.newest_snapshot = first.pk
        shelf.counted = dict.fromkeys(PRODUCTS, (first.pk, 6))
        with packing(packed):
            for name, *values in steps:
                getattr(shelf, name.replace(" ", "_"))(*values)
                shelf.check()
