from __future__ import annotations

import pytest

from pushcart.inventory.actions.discard_feed import discard_feed
from pushcart.inventory.actions.release_feed import release_feed
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.models import Freshness, Held, Import
from tests import network
from tests.inventory.conftest import shelf

GRILL, TOWEL, EAN = "601842495575", "036000291452", "4006381333931"
FULL = f"upc,qty\n{GRILL},4\n{TOWEL},12\n{EAN},1\n"


def test_what_is_discarded_leaves_the_stock_and_the_rest_of_its_feed(feed, store):
    other = network.store(store.company, number="8")
    first = feed(FULL)
    held = feed(f"store,upc,qty\n7,{GRILL},1\n8,{GRILL},2\n", into=None)
    before = shelf(store)

    done = discard_feed(held.pk, by="key till")

    assert (done.state, done.decided_by) == ("discarded", "key till")
    assert done.error == (
        "Store 7: It leaves out 2 of the 3 lines that the store has in stock. It was discarded by key till."
    )
    assert (shelf(store), shelf(other), Held.objects.count()) == (before, {GRILL: (2, 0, None)}, 0)
    assert Freshness.objects.get(store=store).snapshot == first.pk


def test_nothing_is_decided_twice(feed):
    feed(FULL)
    held = feed(f"upc,qty\n{GRILL},1\n")
    discard_feed(held.pk)

    for decide in (discard_feed, release_feed):
        with pytest.raises(FeedError, match=f"Nothing of import {held.pk} waits"):
            decide(held.pk)
    with pytest.raises(FeedError, match="There is no import 0"):
        discard_feed(0)
    assert Import.objects.get(pk=held.pk).state == "discarded"
