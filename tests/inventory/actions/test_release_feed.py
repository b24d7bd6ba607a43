from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pushcart.events.models import Event
from pushcart.inventory.actions.release_feed import release_feed
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.models import Freshness, Held, Import
from tests import network
from tests.inventory.conftest import shelf

GRILL, TOWEL, EAN = "601842495575", "036000291452", "4006381333931"
FULL = f"upc,qty\n{GRILL},4\n{TOWEL},12\n{EAN},1\n"


def test_a_held_feed_counts_once_it_is_released(feed, store, clock):
    clock.freeze(datetime(2026, 3, 1, 11, tzinfo=UTC))
    feed(FULL)
    clock.freeze(datetime(2026, 3, 1, 12, tzinfo=UTC))
    held = feed(f"upc,qty,price\n{GRILL},3,399\n")
    clock.freeze(datetime(2026, 3, 1, 15, tzinfo=UTC))

    released = release_feed(held.pk)

    assert (released.state, released.changed, released.error) == ("done", 3, "")
    assert shelf(store) == {GRILL: (3, 0, 39900), TOWEL: (0, 0, None), EAN: (0, 0, None)}
    assert not Held.objects.exists()
    # Its stock is as old as the file.
    freshness = Freshness.objects.get()
    assert (freshness.fed_at, freshness.snapshot) == (datetime(2026, 3, 1, 12, tzinfo=UTC), held.pk)
    assert Event.objects.latest("number").type == "inventory.fed"


def test_only_the_held_stores_of_a_feed_wait(feed, store):
    other = network.store(store.company, number="8")
    feed(FULL)
    held = feed(f"store,upc,qty\n7,{GRILL},1\n8,{GRILL},2\n", into=None)

    assert (held.state, shelf(other), shelf(store)[GRILL]) == ("held", {GRILL: (2, 0, None)}, (4, 0, None))

    release_feed(held.pk)

    assert (shelf(other), shelf(store)[GRILL]) == ({GRILL: (2, 0, None)}, (1, 0, None))


def test_a_row_set_aside_stays_as_it_is_after_the_release_too(feed, store):
    feed(FULL)
    held = feed(f"upc,qty\n{GRILL},x\n")
    assert held.state == "failed"
    held = feed(f"upc,qty\n{GRILL},x\n73513537,1\n")
    assert held.state == "held"

    release_feed(held.pk)

    assert shelf(store) == {
        GRILL: (4, 0, None),
        TOWEL: (0, 0, None),
        EAN: (0, 0, None),
        "000073513537": (1, 0, None),
    }


def test_a_newer_feed_settles_a_held_one(feed, store):
    feed(FULL)
    held = feed("upc,qty\n")
    feed(FULL)

    with pytest.raises(FeedError, match="A newer feed came before anybody released this one"):
        release_feed(held.pk)

    assert Import.objects.get(pk=held.pk).state == "failed"
    assert shelf(store)[GRILL] == (4, 0, None)


def test_what_does_not_wait_can_not_be_released(feed):
    done = feed(FULL)

    with pytest.raises(FeedError, match=f"Nothing of import {done.pk} waits: it is done"):
        release_feed(done.pk)
    with pytest.raises(FeedError, match="There is no import 999"):
        release_feed(999)
