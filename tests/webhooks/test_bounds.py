"""Bounds of an endpoint's owner: they hold for all pushers together, whatever becomes of one."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async
from django.db import IntegrityError, connection, connections, transaction

from pushcart.companies.actions.set_bounds import set_bounds
from pushcart.companies.errors import CompanyError
from pushcart.companies.models import Endpoint
from pushcart.webhooks.engine.bounds import Allowance
from pushcart.webhooks.engine.database import open_pool
from pushcart.webhooks.engine.fan_out import fan_out
from pushcart.webhooks.engine.pace import Pace
from pushcart.webhooks.engine.pusher import Pusher
from pushcart.webhooks.models import Allowance as AllowanceRow
from pushcart.webhooks.models import Delivery
from tests import network

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pushcart.stores.models import Store
    from tests.webhooks.sink import Sink

pytestmark = pytest.mark.usefixtures("still")


class Counting:
    """Answers after a while, and counts how many wait for their answer at a time."""

    def __init__(self, sink: Sink, seconds: float) -> None:
        self.most = self._now = 0
        self._seconds = seconds
        self._lock = threading.Lock()
        sink.answer = self._answer

    def _answer(self, _pushed: object) -> int:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        threading.Event().wait(self._seconds)
        with self._lock:
            self._now -= 1
        return 200


async def until_none_waits() -> None:
    while await sync_to_async(Delivery.objects.filter(state="waiting").exists)():  # noqa: ASYNC110 real programs
        await asyncio.sleep(0.02)


async def cut_connections() -> None:
    """As a database that restarts its pool does: every connection of the pushers' is gone."""

    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pushcart push%'"
            )

    await sync_to_async(cut)()


async def write_deliveries() -> None:
    """Puts down what is new, and nobody has it."""
    pool = await open_pool("test", durable=False)
    try:
        while await fan_out(pool):
            pass
    finally:
        pool.terminate()


async def push_by(pushers: int, *, meanwhile: Callable[[], Any] | None = None) -> None:
    pace = Pace(poll=0.05)
    stop = asyncio.Event()

    async def one() -> None:
        async with Pusher.open(pace) as pusher:
            await pusher.run(stop)

    running = [asyncio.create_task(one()) for _ in range(pushers)]
    if meanwhile is not None:
        await asyncio.sleep(0.3)
        await meanwhile()
    await asyncio.wait_for(until_none_waits(), 30)
    stop.set()
    await asyncio.gather(*running)
    await sync_to_async(connections.close_all)()


def fanned_out(push: Callable[[], int], sink: Sink, store: Store, endpoint: Endpoint, count: int) -> None:
    """So many carts' first pushes stand ready, and nothing was sent."""
    Endpoint.objects.filter(pk=endpoint.pk).update(state="paused")
    for _ in range(count):
        network.cart(store)
    push()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE companies_endpoint SET state = 'working' WHERE id = %s", [endpoint.pk])
        cursor.execute("SET session_replication_role = origin")
    assert sink.pushes == []


@pytest.mark.parametrize("cut", [False, True])
def test_a_cap_holds_over_several_pushers_and_cut_connections(
    cut: bool, store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    set_bounds(endpoint.pk, at_once=3, per_minute=None)
    fanned_out(push, sink, store, endpoint, 24)
    counting = Counting(sink, 0.05)
    asyncio.run(push_by(3, meanwhile=cut_connections if cut else None))
    assert counting.most == 3
    assert len(sink.count()) == 24
    assert set(sink.count().values()) == {1}
    assert AllowanceRow.objects.get().held == {}


def test_without_a_cap_more_go_at_a_time(store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]) -> None:
    fanned_out(push, sink, store, endpoint, 12)
    counting = Counting(sink, 0.05)
    push()
    assert counting.most > 3
    assert not AllowanceRow.objects.exists()


def test_a_rate_lets_one_seconds_worth_through_and_then_waits(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    set_bounds(endpoint.pk, at_once=None, per_minute=1)
    for _ in range(3):
        network.cart(store)
    assert push() == 1
    assert push() == 0
    row = AllowanceRow.objects.get()
    row.used_until -= 60  # a minute later
    row.save()
    assert push() == 1
    set_bounds(endpoint.pk, at_once=None, per_minute=None)
    assert push() == 1


def test_with_one_place_retries_and_first_tries_take_turns(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    set_bounds(endpoint.pk, at_once=1, per_minute=None)
    sink.answer = lambda _pushed: 500
    refused = {network.cart(store).hash for _ in range(4)}
    push()
    assert len(sink.pushes) == 4
    sink.answer = lambda _pushed: 200
    for _ in range(4):
        network.cart(store)
    Delivery.objects.filter(first_at__isnull=False).update(due_at=clock.now())
    asyncio.run(write_deliveries())
    push()
    assert [pushed.headers["pushcart-cart"] in refused for pushed in sink.pushes[4:]] == [False, True] * 4


def allowance(**values: Any) -> Allowance:
    return Allowance(**{"held": {}, "used_until": 0.0, "most_at_once": None, "most_per_minute": None, **values})


def test_what_others_hold_counts_until_their_lease_lapses() -> None:
    held = {"7": (3, 1020.0), "8": (4, 999.0), "9": (2, 1001.0)}
    assert allowance(held=held, most_at_once=10).room(9, 1, 1000.0) == 10 - 3 - 1
    assert allowance(held=held, most_at_once=4).room(9, 1, 1000.0) == 0
    assert allowance(held=held, most_at_once=2).room(9, 1, 1000.0) == 0
    assert allowance(held=held).room(9, 1, 1000.0) is None


def test_it_forgets_whose_lease_has_lapsed_when_it_notes_a_claim() -> None:
    it = allowance(held={"7": (3, 1020.0), "8": (4, 999.0), "9": (2, 1001.0)}, most_at_once=10)
    it.note(9, 1, 2, 1000.0, 20.0)
    assert it.held == {"7": (3, 1020.0), "9": (3, 1020.0)}
    it.note(9, 0, 0, 1000.0, 20.0)
    assert it.held == {"7": (3, 1020.0)}


def test_a_rate_is_even_over_time() -> None:
    it = allowance(most_per_minute=600)
    assert it.room(1, 0, 1000.0) == 10
    it.note(1, 0, 10, 1000.0, 20.0)
    assert it.room(1, 0, 1000.0) == 0
    assert it.room(1, 0, 1000.1) == 1
    assert it.room(1, 0, 1000.55) == 5
    assert it.room(1, 0, 1060.0) == 10  # what was not used is not saved up


@pytest.mark.django_db
def test_it_refuses_bounds_that_are_none() -> None:
    endpoint = network.endpoint(network.retailer())
    for at_once, per_minute in ((0, None), (101, None), (-1, None), (None, 0), (None, 60_001)):
        with pytest.raises(CompanyError, match="The bound must be from 1 to"):
            set_bounds(endpoint.pk, at_once=at_once, per_minute=per_minute)
        columns = {"most_at_once": at_once, "most_per_minute": per_minute}
        with pytest.raises(IntegrityError, match="companies_endpoint"), transaction.atomic():
            Endpoint.objects.filter(pk=endpoint.pk).update(**columns)
    endpoint.refresh_from_db()
    assert (endpoint.most_at_once, endpoint.most_per_minute) == (None, None)
