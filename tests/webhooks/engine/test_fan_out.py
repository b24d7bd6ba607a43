"""Every event becomes exactly one delivery, whoever writes and whoever reads at the same time."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction

from pushcart.events.models import Event
from pushcart.events.record import record
from pushcart.webhooks.engine.database import open_pool
from pushcart.webhooks.engine.fan_out import fan_out, take_in_new_endpoints
from pushcart.webhooks.models import Cursor, Delivery
from tests import network

if TYPE_CHECKING:
    from pushcart.companies.models import Company

WRITERS = 4
EACH = 40


def write(companies: list[int], writer: int) -> None:
    """Forty transactions, every fifth of them rolled back, most with several companies in one."""
    for n in range(EACH):
        with transaction.atomic():
            record("eligibility.changed", companies=companies[: 1 + (writer + n) % 3], data={"by": [writer, n]})
            transaction.set_rollback(n % 5 == 4)
    connection.close()


async def read_until(done: threading.Event) -> None:
    """Two pushers' first stage at once, a few events at a time."""
    pools = [await open_pool(f"reader {n}", durable=False) for n in range(2)]

    async def one(pool: object) -> None:
        last = False
        while not last:
            last = done.is_set()
            while await fan_out(pool, most=7):
                pass
            await asyncio.sleep(0)

    await take_in_new_endpoints(pools[0])
    await asyncio.gather(*map(one, pools))
    for pool in pools:
        await pool.close()


@pytest.fixture
def companies(transactional_db: None) -> list[Company]:
    made = [network.retailer() for _ in range(3)]
    for company in made:
        network.endpoint(company, event_types=["eligibility.changed"])
    return made


def test_nothing_is_skipped_or_doubled_under_concurrent_writers_and_readers(companies: list[Company]) -> None:
    done = threading.Event()
    ids = [company.pk for company in companies]
    writers = [threading.Thread(target=write, args=(ids, writer)) for writer in range(WRITERS)]
    reader = threading.Thread(target=lambda: asyncio.run(read_until(done)))
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    # What the last round of a reader may have missed while the other held a bookmark.
    asyncio.run(read_until(done))
    for company in companies:
        numbers = list(Event.objects.filter(company_id=company.pk).order_by("id").values_list("number", flat=True))
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
        endpoint = company.endpoints.get()
        pushed = list(Delivery.objects.filter(endpoint=endpoint).order_by("id").values_list("number", flat=True))
        assert pushed == list(range(1, len(numbers) + 1))
        assert Cursor.objects.get(endpoint=endpoint).number == len(numbers)
    assert Event.objects.filter(company_id=companies[0].pk).count() == WRITERS * EACH * 4 // 5
