"""Any pusher may die at any point, the database may go away: nothing is lost, nothing out of order, little is twice.

Real processes, a real kill -9, a real sink. The pushers here have a lease of two seconds instead of twenty.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection

from pushcart.carts.change import changing
from pushcart.webhooks.engine.pace import Pace
from pushcart.webhooks.models import Delivery
from tests import network
from tests.webhooks.crashing import POINTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from pushcart.stores.models import Store
    from tests.webhooks.sink import Push, Sink

    Check = Callable[..., None]

MOST_EVER = 30.0
LEASE = 2.0
POLL = 0.05
# For a process to start and everything to be sent, on a busy machine.
MARGIN = 20.0
RECOVERS_WITHIN = LEASE + POLL + MARGIN
CARTS = 8
STEPS = ("received", "confirmed", "fulfilled")


@contextmanager
def pusher(
    database: str, point: str = "never", times: int = 1, log: IO[str] | None = None, *, lease: float = LEASE
) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.webhooks.crashing", point, str(times), str(lease)]
    environment = {**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    process = subprocess.Popen(command, env=environment, stdout=log or subprocess.DEVNULL, cwd=settings.PROJECT)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(90)


def orders(store: Store, count: int = CARTS) -> list[str]:
    """Carts with four events each, the events of all carts mixed."""
    carts = [network.cart(store) for _ in range(count)]
    for status in STEPS:
        for cart in carts:
            with changing(cart.pk) as change:
                for line in change.lines:
                    change.move(line, status)
    return [cart.hash for cart in carts]


def wait_until(true: Callable[[], bool], seconds: float = 90) -> float:
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < seconds, "it did not come to be"
        time.sleep(0.02)
    return time.monotonic() - started


def all_delivered(count: int) -> Callable[[], bool]:
    return lambda: Delivery.objects.filter(state="delivered").count() == count


def first_arrivals(sink: Sink) -> dict[str, list[int]]:
    """The sequences of each cart in the order in which they first arrived."""
    found: dict[str, list[int]] = defaultdict(list)
    for pushed in sink.pushes:
        if pushed.sequence not in found[pushed.headers["pushcart-cart"]]:
            found[pushed.headers["pushcart-cart"]].append(pushed.sequence)
    return found


@pytest.fixture
def check(request: pytest.FixtureRequest, sink: Sink) -> Check:
    """Lost 0, out of order 0, twice no more than was in flight, and all of it in time; the run's summary shows it."""

    def counted(carts: list[str], *, twice_at_most: int, recovered: float, within: float = RECOVERS_WITHIN) -> None:
        wanted = {cart: list(range(1, len(STEPS) + 2)) for cart in carts}
        found = first_arrivals(sink)
        counts = {
            "lost": sum(len(set(wanted[cart]) - set(found[cart])) for cart in carts),
            "out_of_order": sum(found[cart] != sorted(found[cart]) for cart in carts),
            "twice": sum(sink.count().values()) - len(sink.count()),
            "at_most": twice_at_most,
            "recovered": recovered,
        }
        request.node.user_properties.append(("crash", counts))
        assert (counts["lost"], counts["out_of_order"]) == (0, 0)
        assert dict(found) == wanted
        assert counts["twice"] <= twice_at_most
        assert recovered < within <= MOST_EVER
        assert not Delivery.objects.exclude(state="delivered").exists()

    return counted


# How many the endpoint may get twice: those that it had and of which nothing was recorded. A cart has one on the way at
# a time. Up to the first request nothing was sent; the one that is being connected for was not, nor the one that is
# claimed just now, and what was recorded is not sent again.
TWICE = {
    ("before_fan_out", 1): 0,
    ("after_fan_out", 1): 0,
    ("connecting", 1): 0,
    ("connecting", 5): CARTS - 1,
    ("sending", 1): 0,
    ("answer_read", 1): CARTS,
    ("answer_read", 20): CARTS,
    ("before_record", 1): CARTS,
    ("before_record", 4): CARTS,
    ("after_record", 1): CARTS - 1,
    ("after_claim", 1): CARTS - 1,
}


def test_each_point_has_its_bound() -> None:
    assert {point for point, _ in TWICE} == set(POINTS)


@pytest.mark.parametrize(("point", "times"), TWICE)
def test_it_survives_a_kill_at_any_point(
    point: str, times: int, store: Store, sink: Sink, database_url: str, check: Check
) -> None:
    carts = orders(store)
    with pusher(database_url, point, times) as first:
        assert first.wait(90) == -signal.SIGKILL
    with pusher(database_url):
        recovered = wait_until(all_delivered(CARTS * 4))
    check(carts, twice_at_most=TWICE[point, times], recovered=recovered)


@pytest.mark.long
def test_with_the_lease_of_live_pushers_all_is_there_again_within_30_seconds(
    store: Store, sink: Sink, database_url: str, check: Check
) -> None:
    """From the death of one that has deliveries in hand: the sweeper's bound, measured."""
    lease = Pace().lease.total_seconds()
    with pusher(database_url, lease=lease):
        carts = orders(store, 1)
        wait_until(all_delivered(4))  # the other lives, and has nothing to do
        with pusher(database_url, "answer_read", 2, lease=lease) as first:
            sink.answer = lambda _pushed: time.sleep(0.05) or 200
            while first.poll() is None:
                carts += orders(store, CARTS)
            assert first.wait() == -signal.SIGKILL
            died = time.monotonic()
        wait_until(all_delivered(len(carts) * 4))
        recovered = time.monotonic() - died
    check(carts, twice_at_most=len(carts), recovered=recovered, within=MOST_EVER)


def test_it_survives_a_kill_while_an_answer_is_awaited(
    store: Store, sink: Sink, database_url: str, check: Check
) -> None:
    """The endpoint has taken it and the pusher never hears of it: sent again, as at-least-once says."""
    carts = orders(store)
    with pusher(database_url) as first:
        sink.answer = lambda _pushed: first.kill() or 200
        first.wait(90)
    sink.answer = lambda _pushed: 200
    with pusher(database_url):
        recovered = wait_until(all_delivered(CARTS * 4))
    check(carts, twice_at_most=CARTS, recovered=recovered)


def test_two_pushers_share_the_work_and_one_takes_over_what_the_other_dies_with(
    store: Store, sink: Sink, database_url: str, check: Check
) -> None:
    with pusher(database_url, "answer_read", 9), pusher(database_url):
        carts = orders(store, 16)
        recovered = wait_until(all_delivered(16 * 4))
    check(carts, twice_at_most=16, recovered=recovered)


def test_what_a_dead_pusher_had_is_free_again_within_its_lease(store: Store, database_url: str, check: Check) -> None:
    """The sweeper's bound: another pusher has it as soon as the lease lapsed and the next poll came."""
    carts = orders(store, 1)
    with pusher(database_url, "after_claim") as first:
        first.wait(90)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT max(lease_until) - clock_timestamp() FROM webhooks_delivery WHERE claimed_by IS NOT NULL"
            )
            (left,) = cursor.fetchone()
        assert left < timedelta(seconds=LEASE)
    with pusher(database_url):
        recovered = wait_until(all_delivered(4))
    check(carts, twice_at_most=1, recovered=recovered)
    # As it is outside of tests: found by the next poll after the lease has lapsed.
    assert Pace().lease.total_seconds() + Pace().poll < 30


def test_an_answer_that_outlives_the_lease_changes_nothing(store: Store, sink: Sink, database_url: str) -> None:
    """A pusher is stopped in mid-flight and wakes up later: the other's result stands, nothing goes backwards."""
    held: list[Push] = []

    def hold_the_first(pushed: Push) -> int:
        held.append(pushed)
        if len(held) == 1:
            os.kill(first.pid, signal.SIGSTOP)
        return 200

    sink.answer = hold_the_first
    with pusher(database_url) as first:
        carts = orders(store, 1)
        wait_until(lambda: len(held) >= 1)
        with pusher(database_url):
            wait_until(all_delivered(4))
            os.kill(first.pid, signal.SIGCONT)
            time.sleep(0.5)
            later = network.cart(store)
            wait_until(all_delivered(5))
    del later
    assert first_arrivals(sink)[carts[0]] == [1, 2, 3, 4]
    delivery = Delivery.objects.order_by("id").first()
    assert delivery is not None
    assert delivery.state == "delivered"
    assert delivery.tries.count() == 2


def test_it_lives_through_a_cut_of_all_its_connections(
    store: Store, sink: Sink, database_url: str, check: Check
) -> None:
    with pusher(database_url) as process:
        carts = orders(store, 4)
        for _ in range(5):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name LIKE 'pushcart push%'"
                )
            carts += orders(store, 2)
        recovered = wait_until(all_delivered(len(carts) * 4))
        assert process.poll() is None
    check(carts, twice_at_most=len(carts), recovered=recovered)


def test_it_lives_through_jumps_of_the_clock(
    store: Store,
    sink: Sink,
    database_url: str,
    check: Check,
    clock: ModuleType,
    clock_file: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also what was refused before it was set back, and would be due by the clock of before only."""
    monkeypatch.setenv("PUSHCART_CLOCK", str(clock_file))
    refused: set[str] = set()

    def refuse(pushed: Push) -> int:
        sink.pushes.remove(pushed)  # it did not arrive
        refused.add(pushed.headers["pushcart-cart"])
        return 500

    with pusher(database_url):
        carts = orders(store, 2)
        clock.move(timedelta(hours=3))
        wait_until(all_delivered(len(carts) * 4))
        sink.answer = refuse
        carts += orders(store, 2)
        wait_until(lambda: refused == set(carts[2:]) and not Delivery.objects.filter(claimed_by__isnull=False).exists())
        sink.answer = lambda _pushed: 200
        for hours in (-2, 30):
            clock.move(timedelta(hours=hours))
            carts += orders(store, 2)
            recovered = wait_until(all_delivered(len(carts) * 4))
    check(carts, twice_at_most=0, recovered=recovered)


def test_it_lives_with_a_full_disk_under_its_log(store: Store, sink: Sink, database_url: str, check: Check) -> None:
    with open("/dev/full", "w") as full, pusher(database_url, log=full) as process:  # noqa: PTH123 a device
        carts = orders(store, 2)
        recovered = wait_until(all_delivered(len(carts) * 4))
        assert process.poll() is None
    check(carts, twice_at_most=0, recovered=recovered)


def test_it_finishes_what_is_on_the_way_when_it_is_told_to_stop(store: Store, sink: Sink, database_url: str) -> None:
    taken: list[float] = []

    def slow(_pushed: Push) -> int:
        taken.append(time.monotonic())
        time.sleep(0.3)
        return 200

    sink.answer = slow
    with pusher(database_url) as process:
        orders(store, 4)
        wait_until(lambda: len(taken) >= 2)
        process.terminate()
        assert process.wait(20) == 0
    assert Delivery.objects.filter(state="delivered").count() == len(taken) == len(sink.pushes)
    assert not Delivery.objects.filter(claimed_by__isnull=False).exists()


def test_what_is_on_the_way_stays_its_own_after_it_was_told_to_stop(
    store: Store, sink: Sink, database_url: str
) -> None:
    """The answer takes two leases; another pusher waits for what lapses, and nothing does."""
    taken: list[float] = []

    def slow_at_first(_pushed: Push) -> int:
        taken.append(time.monotonic())
        if len(taken) == 1:
            time.sleep(2 * LEASE + 1)
        return 200

    sink.answer = slow_at_first
    with pusher(database_url) as first:
        orders(store, 1)
        wait_until(lambda: len(taken) == 1)
        first.terminate()
        with pusher(database_url):
            assert first.wait(30) == 0
            wait_until(all_delivered(4))
    assert set(sink.count().values()) == {1}
    assert [pushed.sequence for pushed in sink.pushes] == [1, 2, 3, 4]
