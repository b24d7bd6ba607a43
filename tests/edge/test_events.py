"""The feed of events has no gap for whoever follows it, however the writers commit (contract, section 2)."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from pushcart.companies.actions.create_key import create_key
from pushcart.events.record import lock_streams, record
from tests import network

if TYPE_CHECKING:
    from starlette.testclient import TestClient

WRITERS = 6
EACH = 15


def write(companies: list[int], seed: int, committed: list[int], failures: list[BaseException]) -> None:
    """Transactions of one to three events, some for two companies; a third is rolled back, all last a while."""
    chance = random.Random(seed)
    try:
        for _ in range(EACH):
            count, back = chance.randint(1, 3), chance.random() < 1 / 3
            named = companies if chance.random() < 1 / 2 else companies[:1]
            with transaction.atomic(), connection.cursor() as cursor:
                lock_streams(named, test=False)
                for _ in range(count):
                    record("eligibility.changed", companies=chance.sample(named, len(named)), data={"seed": seed})
                    cursor.execute("SELECT pg_sleep(%s)", [chance.random() / 1000])
                transaction.set_rollback(back)
            committed.append(0 if back else count)
    except BaseException as error:  # noqa: BLE001 handed to the test
        failures.append(error)
    finally:
        connection.close()


@dataclass
class Follower:
    """Reads page after page, each from where the last one ended."""

    edge: TestClient
    secret: str
    limit: int
    after: str = "0"
    numbers: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def read(self) -> None:
        path = f"/api/v2/events?after={self.after}&limit={self.limit}"
        page: dict[str, Any] = self.edge.get(path, headers={"Locally-API-Token": self.secret}).json()
        numbers = [event["number"] for event in page["events"]]
        seen = len(self.numbers)
        assert numbers == list(range(seen + 1, seen + 1 + len(numbers)))
        self.numbers += numbers
        self.ids += [event["id"] for event in page["events"]]
        self.after = page["next"]


def test_followers_find_no_gap_and_no_late_lower_number_beside_writers_that_roll_back(edge: TestClient) -> None:
    companies = [network.retailer(), network.retailer()]
    _, secret = create_key(companies[0], "follower")
    committed: list[int] = []
    failures: list[BaseException] = []
    ids = [company.pk for company in companies]
    writers = [threading.Thread(target=write, args=(ids, seed, committed, failures)) for seed in range(WRITERS)]
    followers = [Follower(edge, secret, limit) for limit in (2, 7, 500)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        for follower in followers:
            follower.read()
    while any(len(follower.numbers) < sum(committed) for follower in followers) and not failures:
        for follower in followers:
            follower.read()
    assert failures == []
    assert len(committed) == WRITERS * EACH
    assert 0 < committed.count(0) < len(committed)
    for follower in followers:
        assert follower.numbers == list(range(1, sum(committed) + 1))
        assert len(set(follower.ids)) == sum(committed)
        assert follower.ids == followers[0].ids
