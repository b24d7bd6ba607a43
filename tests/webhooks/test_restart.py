"""PostgreSQL goes down, or crashes, and comes back while orders are pushed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.conf import settings

from bench.orders import Network
from pushcart.sandbox.postgres import Cluster
from tests.cluster import HOME
from tests.webhooks.test_crashes import pusher, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webhooks.sink import Sink

EVENTS = 40
ROUNDS = 10
CRASHES = 3


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """One of this test's own, that writes to the disk as a live one does."""
    HOME.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="restart-", dir=HOME) as folder:
        it = Cluster(Path(folder))
        try:
            monkeypatch.setenv("DATABASE_URL", it.start(tied=True))
            monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.settings")
            migrate = [sys.executable, "-m", "django", "migrate", "--noinput", "-v", "0"]
            subprocess.run(migrate, check=True, cwd=settings.PROJECT)
            yield it
        finally:
            it.remove()


@pytest.mark.long
def test_it_lives_through_a_restart_of_postgresql_under_load(cluster: Cluster, sink: Sink) -> None:
    url = cluster.start(tied=True)
    network = Network(url, [sink.url, f"{sink.url}/other"], carts=EVENTS, sequences=2 * ROUNDS)
    written = set()
    with pusher(url) as process:
        network.await_taken_in()
        for turn in range(2 * ROUNDS):
            written.update(network.write(EVENTS))
            if turn == ROUNDS:
                wait_until(lambda: len(sink.pushes) > EVENTS)
                network.connection.close()
                cluster.stop()
                time.sleep(1)
                cluster.start(tied=True)
                network.connection = psycopg.connect(url, autocommit=True)
        began = time.monotonic()
        network.await_empty(seconds=60)
        assert time.monotonic() - began < 30
        assert process.poll() is None
    check(sink, written, twice_at_most=2 * EVENTS)
    network.connection.close()


@pytest.mark.long
def test_it_loses_nothing_in_a_crash_of_postgresql_that_takes_back_what_it_had_claimed(
    cluster: Cluster, sink: Sink
) -> None:
    """Deliveries, bookmarks and the numbers drawn for them are gone, while their pushes are on the way."""
    url = cluster.start(tied=True)
    network = Network(url, [f"{sink.url}/{n}" for n in range(4)], carts=EVENTS, sequences=2 * CRASHES)
    # What does not wait for the disk stays in memory, and the crash takes all of it.
    for lazy in ("wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'"):
        network.connection.execute(f"ALTER SYSTEM SET {lazy}")
    network.connection.execute("SELECT pg_reload_conf()")
    written: set[str] = set()
    taken_back = 0
    with pusher(url) as process:
        network.await_taken_in()
        for _ in range(CRASHES):
            network.await_empty(seconds=60)
            # On disk now: whatever is drawn and written for the next events is not.
            network.connection.execute("CHECKPOINT")
            sink.answer = lambda _pushed: time.sleep(0.7) or 200
            before = len(sink.pushes)
            written.update(network.write(EVENTS))
            wait_until(lambda before=before: len(sink.pushes) > before)  # type: ignore[misc]  # its default binds
            put_down = deliveries(network)
            network.connection.close()
            crash(cluster)
            cluster.start(tied=True)
            sink.answer = lambda _pushed: 200
            network.connection = psycopg.connect(url, autocommit=True)
            taken_back += put_down - deliveries(network)
            written.update(network.write(EVENTS))
        began = time.monotonic()
        network.await_empty(seconds=60)
        assert time.monotonic() - began < 30
        assert process.poll() is None
    assert taken_back > 0
    check(sink, written, twice_at_most=CRASHES * EVENTS)
    assert deliveries(network, "state = 'delivered'") == len(written)
    network.connection.close()


def deliveries(network: Network, which: str = "true") -> int:
    row = network.connection.execute(f"SELECT count(*) FROM webhooks_delivery WHERE {which}").fetchone()  # type: ignore[call-overload]  # noqa: S608 the tests' own text
    return int(row[0])


def crash(cluster: Cluster) -> None:
    """Its children end as soon as they see that it is gone; none writes anything more."""
    os.kill(int((cluster.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


def check(sink: Sink, written: set[str], *, twice_at_most: int) -> None:
    """Lost none, out of order none in any cart, twice no more than was in flight."""
    assert set(sink.count()) == written
    assert sum(sink.count().values()) - len(written) <= twice_at_most
    lanes: dict[int, list[int]] = defaultdict(list)
    for uid in dict.fromkeys(pushed.headers["webhook-id"] for pushed in sink.pushes):
        number = int(uid.rpartition("_")[2])
        lanes[number % EVENTS].append(number)
    assert all(numbers == sorted(numbers) for numbers in lanes.values())
    assert len(lanes) == EVENTS
