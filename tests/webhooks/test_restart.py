"""PostgreSQL goes down and comes back while orders are pushed."""

from __future__ import annotations

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
    assert set(sink.count()) == written
    twice = sum(sink.count().values()) - len(written)
    assert twice <= 2 * EVENTS
    lanes: dict[int, list[int]] = defaultdict(list)
    for uid in dict.fromkeys(pushed.headers["webhook-id"] for pushed in sink.pushes):
        number = int(uid.rpartition("_")[2])
        lanes[number % EVENTS].append(number)
    assert all(numbers == sorted(numbers) for numbers in lanes.values())
    assert len(lanes) == EVENTS
    network.connection.close()
