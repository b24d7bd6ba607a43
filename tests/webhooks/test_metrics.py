from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client import REGISTRY

from pushcart.companies.actions.pause_endpoint import pause_endpoint
from pushcart.webhooks.engine import metrics
from pushcart.webhooks.engine.fan_out import fan_out
from pushcart.webhooks.engine.pusher import Pusher
from tests import network

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pushcart.companies.models import Endpoint
    from pushcart.stores.models import Store
    from tests.webhooks.sink import Sink

pytestmark = pytest.mark.usefixtures("still")


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"pushcart_push_{name}", labels) or 0.0


def look(*, first_fan_out: bool) -> None:
    async def once() -> None:
        async with Pusher.open() as pusher:
            if first_fan_out:
                await fan_out(pusher._quick)
            await metrics.look(pusher._quick, pusher._hands)

    asyncio.run(once())


def test_it_counts_attempts_by_what_came_of_them(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    asked = [("delivered", "first"), ("delivered", "again"), ("http_503", "first"), ("http_503", "again")]

    def attempts() -> list[float]:
        return [value("attempts_total", result=word, lane=lane) for word, lane in asked]

    def took() -> list[float]:
        return [value("seconds_count", lane=lane) for lane in ("first", "again")]

    before, times = attempts(), took()
    arrived = value("arrival_seconds_count")
    sink.answer = lambda _pushed: 503
    network.cart(store)
    push()
    sink.answer = lambda _pushed: 200
    network.cart(store)
    clock.move(timedelta(seconds=5))
    push()
    assert [now - then for now, then in zip(attempts(), before, strict=True)] == [1, 1, 1, 0]
    assert [now - then for now, then in zip(took(), times, strict=True)] == [2, 1]
    assert value("arrival_seconds_count") - arrived == 1


def test_it_shows_what_waits_and_how_old_the_oldest_is(
    store: Store, endpoint: Endpoint, push: Callable[[], int], clock: ModuleType
) -> None:
    push()
    pause_endpoint(endpoint.pk)
    network.cart(store, status="received")
    clock.move(timedelta(seconds=90))
    look(first_fan_out=False)
    assert value("lag_events") == 3  # the pause is an event too
    look(first_fan_out=True)
    assert value("lag_events") == 0
    assert value("waiting", endpoint="paused", lane="first") == 2
    assert value("waiting", endpoint="paused", lane="again") == 0
    assert value("oldest_seconds", endpoint="paused") == 90
    assert value("waiting", endpoint="working", lane="first") == value("oldest_seconds", endpoint="working") == 0


def test_it_shows_what_is_tried_again_apart(store: Store, sink: Sink, push: Callable[[], int]) -> None:
    sink.answer = lambda _pushed: 503
    network.cart(store)
    network.cart(store)
    push()
    look(first_fan_out=False)
    assert [value("waiting", endpoint="working", lane=lane) for lane in ("first", "again")] == [0, 2]
    assert [value("in_hand", lane=lane) for lane in ("first", "again")] == [0, 0]
