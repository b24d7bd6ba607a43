"""What is new does not wait for what is tried again, nor for endpoints that are slow."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction

from pushcart.companies.actions.change_endpoint import change_endpoint
from pushcart.events.record import record
from pushcart.webhooks.engine.claim import claim
from pushcart.webhooks.engine.database import open_pool
from pushcart.webhooks.engine.fan_out import fan_out
from pushcart.webhooks.engine.lot import Places
from pushcart.webhooks.engine.pace import Pace
from pushcart.webhooks.engine.pusher import Pusher
from pushcart.webhooks.models import Delivery
from tests import network

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pushcart.companies.models import Endpoint
    from pushcart.stores.models import Store
    from pushcart.webhooks.engine.claimed import Claimed
    from tests.webhooks.sink import Push, Sink

pytestmark = pytest.mark.usefixtures("still")


def refuse(sink: Sink, push: Callable[[], int], store: Store, count: int) -> set[str]:
    """So many carts' pushes were refused once, and are due again."""
    sink.answer = lambda _pushed: 500
    carts = {network.cart(store).hash for _ in range(count)}
    while Delivery.objects.filter(attempts=0).count() or not Delivery.objects.exists():
        push()
    assert Delivery.objects.filter(first_at__isnull=False).count() == count
    return carts


def claimed(endpoint: Endpoint, places: Places) -> list[Claimed]:
    async def once() -> list[Claimed]:
        pool = await open_pool("test", durable=False)
        try:
            return await claim(pool, 1, {endpoint.pk: places}, lease=timedelta(seconds=20))
        finally:
            pool.terminate()

    return asyncio.run(once())


def test_first_tries_and_retries_are_claimed_each_for_its_own_places(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    refused = refuse(sink, push, store, 8)
    clock.move(timedelta(seconds=6))
    new = {network.cart(store).hash for _ in range(3)}
    asyncio.run(write_deliveries())
    taken = claimed(endpoint, Places(5, 2))
    assert {each.cart_hash for each in taken if each.first_at is None} == new
    again = [each.cart_hash for each in taken if each.first_at is not None]
    assert len(again) == 2
    assert set(again) < refused


async def write_deliveries() -> None:
    pool = await open_pool("test", durable=False)
    try:
        while await fan_out(pool):
            pass
    finally:
        pool.terminate()


def test_a_new_order_arrives_while_retries_hang(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    """Nine orders are tried again by a pusher with four requests, and none of them is answered."""
    refused = refuse(sink, push, store, 9)
    clock.move(timedelta(seconds=6))
    arrived, released = threading.Event(), threading.Event()
    hanging: set[str] = set()

    def answer(pushed: Push) -> int:
        if pushed.headers["pushcart-cart"] in refused:
            hanging.add(pushed.headers["pushcart-cart"])
            released.wait(10)
        else:
            arrived.set()
        return 200

    sink.answer = answer

    async def push_on() -> None:
        stop = asyncio.Event()
        async with Pusher.open(Pace(poll=0.05, requests_per_endpoint=4)) as pusher:
            running = asyncio.create_task(pusher.run(stop))
            while len(hanging) < 2:  # noqa: ASYNC110 a real endpoint
                await asyncio.sleep(0.01)
            await sync_to_async(network.cart)(store)
            assert await asyncio.to_thread(arrived.wait, 5)
            assert len(hanging) == 2
            released.set()
            stop.set()
            await running
        await sync_to_async(connections.close_all)()

    asyncio.run(push_on())


def test_a_refused_matter_of_the_company_holds_up_no_other(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    """They are no order's, and each matter has a lane of its own: what became of one store waits for that alone."""
    change_endpoint(endpoint.pk, event_types=["eligibility.changed", "inventory.fed"])
    sink.answer = lambda pushed: 500 if pushed.json["data"] == {"store_id": 1, "n": 1} else 200
    happened = [("eligibility.changed", 1, 1), ("eligibility.changed", 2, 1), ("eligibility.changed", 1, 2)]
    for kind, store_id, n in [*happened, ("inventory.fed", 1, 2), ("eligibility.changed", 2, 2)]:
        with transaction.atomic():
            record(kind, companies=[store.company_id], data={"store_id": store_id, "n": n})
    push()

    def took() -> list[tuple[str, int, int]]:
        return [
            (it.type, it.json["data"]["store_id"], it.json["data"]["n"]) for it in sink.pushes if "n" in it.json["data"]
        ]

    assert sorted(took()) == sorted([happened[0], happened[1], ("inventory.fed", 1, 2), ("eligibility.changed", 2, 2)])
    assert took().index(("eligibility.changed", 2, 1)) < took().index(("eligibility.changed", 2, 2))
    assert Delivery.objects.filter(lane__gte=0).count() == 0
    sink.answer = lambda _pushed: 200
    clock.move(timedelta(seconds=6))
    push()
    assert took()[-2:] == [happened[0], happened[2]]
