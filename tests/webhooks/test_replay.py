"""Sending again what was sent before: one event, a range, everything since a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from pushcart.companies.actions.pause_endpoint import pause_endpoint
from pushcart.events.models import Event
from pushcart.webhooks.actions.replay import replay
from pushcart.webhooks.actions.send_now import send_now
from pushcart.webhooks.models import Cursor, Delivery
from tests import network

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pushcart.companies.models import Endpoint
    from pushcart.stores.models import Store
    from tests.webhooks.sink import Sink

pytestmark = pytest.mark.usefixtures("still")


def test_it_sends_one_event_again_as_often_as_it_is_asked(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    network.cart(store, status="received")
    push()
    uid = sink.pushes[0].headers["webhook-id"]
    assert replay(endpoint.pk, uid=uid) == 1
    assert replay(endpoint.pk, uid=uid) == 1
    assert push() == 2
    assert [pushed.headers["webhook-id"] for pushed in sink.pushes[2:]] == [uid, uid]
    assert sink.pushes[2].body == sink.pushes[0].body


def test_it_sends_a_range_again_in_order(store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]) -> None:
    network.cart(store, status="fulfilled")
    push()
    numbers = list(Delivery.objects.order_by("id").values_list("number", flat=True))
    assert replay(endpoint.pk, first=numbers[1], last=numbers[2]) == 2
    push()
    assert [pushed.sequence for pushed in sink.pushes[len(numbers) :]] == [2, 3]


def test_it_sends_everything_since_a_time_again(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    network.cart(store)
    clock.move(timedelta(hours=1))
    since = clock.now()
    later = network.cart(store)
    push()
    assert replay(endpoint.pk, since=since) == 1
    push()
    assert sink.pushes[-1].json["hash"] == later.hash
    assert len(sink.pushes) == 3


def test_it_waits_behind_what_is_still_owed(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda _pushed: 500
    network.cart(store, status="received")
    push()
    first = Event.objects.get(type="carts.ordered", company_id=store.company_id)
    assert replay(endpoint.pk, uid=first.uid) == 1
    sink.answer = lambda _pushed: 200
    clock.move(timedelta(seconds=5))
    push()
    assert [pushed.sequence for pushed in sink.pushes] == [1, 1, 2, 1]


def test_it_sends_nothing_that_is_another_companys_or_not_taken(
    store: Store, endpoint: Endpoint, push: Callable[[], int]
) -> None:
    network.cart(store)
    push()
    brands = Event.objects.exclude(company_id=store.company_id).filter(type="carts.ordered").get()
    assert replay(endpoint.pk, uid=brands.uid) == 0
    assert replay(endpoint.pk, first=10_000) == 0


def test_it_asks_which_events_and_wants_an_endpoint_in_use(store: Store, endpoint: Endpoint) -> None:
    with pytest.raises(ValueError, match="Say which events"):
        replay(endpoint.pk)
    with pytest.raises(Cursor.DoesNotExist):
        replay(endpoint.pk, first=1)


def test_each_replay_is_counted_and_changes_the_version_of_the_bookmark(
    store: Store, endpoint: Endpoint, push: Callable[[], int]
) -> None:
    """By the version a pusher that reads the stream at this moment learns that it can't see what a replay wrote."""
    network.cart(store)
    push()
    versions = set()
    for turn in (1, 2):
        replay(endpoint.pk, first=1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT xmin::text, replays, number FROM webhooks_cursor")
            ((version, replays, number),) = cursor.fetchall()
        versions.add(version)
        assert (replays, number) == (turn, Event.objects.filter(company_id=store.company_id).count())
    assert len(versions) == 2
    assert sorted(Delivery.objects.values_list("replay", flat=True)) == [0, 1, 2]


def test_it_is_not_tried_now_where_that_cannot_be(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    """Behind an earlier one, on its way just now, or at an endpoint that takes nothing: nothing is promised."""
    sink.answer = lambda _pushed: 500
    network.cart(store, status="received")
    push()
    first, second = Delivery.objects.order_by("id")
    due = first.due_at
    assert not send_now(second.pk)
    Delivery.objects.filter(pk=first.pk).update(claimed_by=7, lease_until=datetime.now(UTC) + timedelta(minutes=1))
    assert not send_now(first.pk)
    Delivery.objects.filter(pk=first.pk).update(lease_until=datetime.now(UTC) - timedelta(minutes=1))
    pause_endpoint(endpoint.pk)
    assert not send_now(first.pk)
    first.refresh_from_db()
    assert first.due_at == due


def test_a_delivery_is_tried_now_when_its_owner_says_so(store: Store, sink: Sink, push: Callable[[], int]) -> None:
    sink.answer = lambda _pushed: 500
    network.cart(store)
    push()
    delivery = Delivery.objects.get()
    for _ in range(2):
        assert send_now(delivery.pk)
        assert push() == 1
    sink.answer = lambda _pushed: 200
    assert send_now(delivery.pk)
    push()
    assert not send_now(delivery.pk)
    assert len(sink.pushes) == 4
