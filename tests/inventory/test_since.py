"""What happens after a feed came in and before it counts: ordered stays ordered, hidden stays hidden."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from pushcart.inventory.actions.give_back import give_back
from pushcart.inventory.actions.hide import hide
from pushcart.inventory.actions.receive_feed import receive_feed
from pushcart.inventory.actions.release_feed import release_feed
from pushcart.inventory.actions.run_import import run_import
from pushcart.inventory.actions.take import take
from pushcart.inventory.models import Freshness, Sellable, Since
from tests import network
from tests.inventory.conftest import shelf

GRILL, TOWEL, EAN = "601842495575", "036000291452", "4006381333931"


@pytest.fixture
def receive(store):
    """A feed that waits for the worker."""

    def _receive(text, **options):
        return receive_feed(store.company, io.BytesIO(text.encode()), source="a test", store=store, **options)

    return _receive


@pytest.mark.parametrize("qty", [4, 7])
def test_an_order_placed_while_a_feed_waits_stays_taken(feed, receive, store, qty):
    feed(f"upc,qty\n{GRILL},4\n")
    take(store.pk, GRILL, 1)
    waiting = receive(f"upc,qty\n{GRILL},{qty}\n")
    came = take(store.pk, GRILL, 2)

    run_import(waiting.pk)

    assert (shelf(store), came) == ({GRILL: (qty, 2, None)}, waiting.pk)
    assert list(Since.objects.values_list("came", "taken")) == [(waiting.pk, 2)]
    feed(f"upc,qty\n{GRILL},{qty}\n")
    assert (shelf(store), Since.objects.count()) == ({GRILL: (qty, 0, None)}, 0)


def test_what_was_hidden_while_a_feed_waits_stays_hidden(feed, receive, store):
    feed(f"upc,qty\n{GRILL},4\n{TOWEL},4\n")
    hide(store.pk, GRILL)
    waiting = receive(f"upc,qty\n{GRILL},3\n{TOWEL},3\n")
    assert not hide(store.pk, GRILL)
    assert hide(store.pk, TOWEL)

    run_import(waiting.pk)
    assert set(Sellable.objects.values_list("upc", "qty")) == {(GRILL, 0), (TOWEL, 0)}

    feed(f"upc,qty\n{GRILL},3\n{TOWEL},3\n")
    assert set(Sellable.objects.values_list("upc", "qty")) == {(GRILL, 3), (TOWEL, 3)}


def test_held_yesterday_and_released_today_it_keeps_todays_orders(feed, store, clock):
    feed(f"upc,qty\n{GRILL},9\n{TOWEL},4\n{EAN},4\n")
    take(store.pk, GRILL, 1)
    held = feed(f"upc,qty\n{GRILL},8\n")
    clock.move(timedelta(hours=20))
    take(store.pk, GRILL, 3)
    hide(store.pk, TOWEL)

    release_feed(held.pk)

    assert shelf(store) == {GRILL: (8, 3, None), TOWEL: (0, 0, None), EAN: (0, 0, None)}


def test_a_feed_that_tells_less_than_was_ordered_since_leaves_none(feed, receive, store):
    feed(f"upc,qty\n{GRILL},4\n")
    waiting = receive(f"upc,qty\n{GRILL},1\n")
    came = take(store.pk, GRILL, 2)
    assert take(store.pk, GRILL, 1) == came

    run_import(waiting.pk)
    assert shelf(store) == {GRILL: (1, 1, None)}

    assert give_back(store.pk, GRILL, 2, came)
    assert shelf(store) == {GRILL: (1, 1, None)}
    assert give_back(store.pk, GRILL, 1, came)
    assert shelf(store) == {GRILL: (1, 0, None)}
    assert not give_back(store.pk, GRILL, 1, came)


def test_an_order_of_before_is_not_given_back_to_a_feed_that_came_since(feed, receive, store):
    feed(f"upc,qty\n{GRILL},4\n")
    before = take(store.pk, GRILL, 1)
    waiting = receive(f"upc,qty\n{GRILL},4\n")
    since = take(store.pk, GRILL, 2)
    run_import(waiting.pk)

    assert not give_back(store.pk, GRILL, 1, before)
    assert shelf(store) == {GRILL: (4, 2, None)}
    assert give_back(store.pk, GRILL, 2, since)
    assert shelf(store) == {GRILL: (4, 0, None)}


def test_a_delta_settles_only_what_it_names(feed, receive, store):
    feed(f"upc,qty\n{GRILL},4\n{TOWEL},4\n")
    take(store.pk, GRILL, 1)
    take(store.pk, TOWEL, 1)
    waiting = receive(f"upc,qty\n{GRILL},3\n", delta=True)
    take(store.pk, GRILL, 1)

    run_import(waiting.pk)

    assert shelf(store) == {GRILL: (3, 1, None), TOWEL: (4, 1, None)}


def test_a_row_that_could_not_be_read_keeps_what_was_taken(feed, store):
    feed(f"upc,qty\n{GRILL},4\n{TOWEL},4\n")
    came = take(store.pk, GRILL, 1)

    feed(f"upc,qty\n{GRILL},x\n{TOWEL},4\n")

    assert shelf(store)[GRILL] == (4, 1, None)
    assert give_back(store.pk, GRILL, 1, came)


@pytest.mark.parametrize("told", [5, 6])
def test_an_older_snapshot_does_not_outdo_a_newer_delta(feed, receive, store, told):
    feed(f"upc,qty\n{GRILL},5\n{TOWEL},4\n")
    older = receive(f"upc,qty\n{GRILL},3\n{TOWEL},3\n")
    delta = feed(f"upc,qty\n{GRILL},{told}\n", delta=True)
    assert delta.changed == (told != 5)

    run_import(older.pk)

    assert shelf(store) == {GRILL: (told, 0, None), TOWEL: (3, 0, None)}
    # The shelf is not by the older one's words alone: said again, they count.
    feed(f"upc,qty\n{GRILL},3\n{TOWEL},3\n")
    assert shelf(store) == {GRILL: (3, 0, None), TOWEL: (3, 0, None)}


def test_a_delta_is_an_update_but_no_count(feed, store, clock):
    feed(f"upc,qty\n{GRILL},5\n")
    counted_at = Freshness.objects.get().fed_at
    for _ in range(6):
        clock.move(timedelta(days=1))
        delta = feed(f"upc,qty\n{GRILL},5\n", delta=True)
        assert Freshness.objects.values_list("fed_at", "counted_at").get() == (delta.started_at, counted_at)
    renewed_at = delta.started_at

    clock.move(timedelta(days=1, seconds=1))
    feed(f"upc,qty\n{GRILL},5\n", delta=True)
    assert Freshness.objects.get().fed_at == renewed_at

    full = feed(f"upc,qty\n{GRILL},5\n")
    assert Freshness.objects.values_list("fed_at", "counted_at").get() == (full.started_at, full.started_at)


def test_a_released_snapshot_does_not_make_a_store_older_than_its_last_delta(feed, store, clock):
    feed(f"upc,qty\n{GRILL},5\n{TOWEL},4\n{EAN},4\n")
    clock.move(timedelta(hours=1))
    held = feed(f"upc,qty\n{GRILL},5\n")
    clock.move(timedelta(hours=1))
    delta = feed(f"upc,qty\n{GRILL},4\n", delta=True)

    release_feed(held.pk)

    assert Freshness.objects.values_list("fed_at", "counted_at").get() == (delta.started_at, held.started_at)
    assert shelf(store)[GRILL] == (4, 0, None)


def test_a_store_never_told_in_full_stays_unknown(feed, store):
    feed(f"upc,qty\n{GRILL},5\n", delta=True)

    assert not Freshness.objects.exists()
    assert network.GRILL in shelf(store)
