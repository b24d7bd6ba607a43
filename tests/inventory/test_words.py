"""The digest of what a store was told follows the changes, row by row."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pushcart.inventory.feed.told import SHELF
from pushcart.inventory.feed.words import Words

values = st.tuples(st.integers(0, 1_000_000), st.none() | st.integers(0, 10**15))
shelves = st.dictionaries(st.integers(1, 10**14 - 1), values, max_size=8)


def _frame(shelf):
    return pl.DataFrame([(upc, *told) for upc, told in shelf.items()], schema=SHELF, orient="row")


@given(shelves, shelves)
def test_it_is_what_it_would_be_if_all_were_told_anew(before, after):
    gone = {upc: told for upc, told in before.items() if after.get(upc) != told}
    came = {upc: told for upc, told in after.items() if before.get(upc) != told}

    assert Words.of(_frame(before)).changed(gone=_frame(gone), came=_frame(came)) == Words.of(_frame(after))


@given(shelves, shelves)
def test_it_differs_where_anything_does(one, other):
    assert (Words.of(_frame(one)) == Words.of(_frame(other))) == (one == other)


@given(shelves, st.randoms(use_true_random=False))
def test_it_is_the_same_in_any_order(shelf, chance):
    rows = list(shelf.items())
    chance.shuffle(rows)

    assert Words.of(_frame(dict(rows))) == Words.of(_frame(shelf))


def test_it_says_how_many_lines_there_are_and_how_many_are_in_stock():
    words = Words.of(_frame({1: (0, None), 2: (3, 100), 3: (1, None)}))

    assert (words.lines, words.in_stock, len(words.digest)) == (3, 2, 16)
