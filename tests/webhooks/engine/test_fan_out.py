"""Every event becomes exactly one delivery, whoever writes and whoever reads at the same time, and it is one's own."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction

from pushcart.events.models import Event
from pushcart.events.record import record
from pushcart.kit import clock
from pushcart.webhooks.actions.replay import replay
from pushcart.webhooks.engine import fan_out as fanning
from pushcart.webhooks.engine.database import open_pool
from pushcart.webhooks.engine.fan_out import UNREAD, News, Openings, fan_out, take_in_new_endpoints
from pushcart.webhooks.engine.prepare import Parcel
from pushcart.webhooks.engine.record import Result
from pushcart.webhooks.engine.record import record as engine_record
from pushcart.webhooks.engine.send import Answer
from pushcart.webhooks.engine.targets import Target
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

    async def one(pusher: int, pool: Any) -> None:
        last = False
        while not last:
            last = done.is_set()
            while await fan_out(pool, Openings(others=7), pusher=pusher, lease=timedelta(minutes=1)):
                pass
            await asyncio.sleep(0)

    await take_in_new_endpoints(pools[0])
    await asyncio.gather(*(one(number, pool) for number, pool in enumerate(pools)))
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
        # They are all of one lane: whichever pusher met the first may have it, and nobody any other.
        claimed = Delivery.objects.filter(endpoint=endpoint, claimed_by__isnull=False)
        assert list(claimed.filter(token__gt=0).values_list("number", flat=True)) == [1]
    assert Event.objects.filter(company_id=companies[0].pk).count() == WRITERS * EACH * 4 // 5


def read(openings: Openings) -> News:
    async def once() -> News:
        pool = await open_pool("reader", durable=False)
        await take_in_new_endpoints(pool)
        try:
            return await fan_out(pool, openings, pusher=77, lease=timedelta(minutes=1))
        finally:
            await pool.close()

    return asyncio.run(once())


def happen(company: Company, *carts: int) -> None:
    for cart in carts:
        with transaction.atomic():
            record("eligibility.changed", companies=[company.pk], cart_id=cart)


def test_what_there_is_room_for_is_ones_own_from_the_beginning_but_only_the_first_of_a_lane(
    companies: list[Company],
) -> None:
    endpoint = companies[0].endpoints.get()
    happen(companies[0], 5, 6, 5, 7, 8)
    news = read(Openings({endpoint.pk: 4}))
    token = news.ours[0].token
    assert [(own.endpoint_id, own.token, own.wanted, own.overtaken_by) for own in news.ours] == [
        (endpoint.pk, token, True, None)
    ] * 3
    assert (news.moved, news.waiting, news.unread) == ({endpoint.pk}, {endpoint.pk}, set())
    rows = list(Delivery.objects.order_by("id").values_list("lane", "claimed_by", "token"))
    assert rows == [(5, 77, token), (6, 77, token), (5, None, 0), (7, 77, token)]
    assert [own.id for own in news.ours] == list(
        Delivery.objects.filter(claimed_by=77).order_by("id").values_list("id", flat=True)
    )
    assert Cursor.objects.get(endpoint=endpoint).number == 4
    # Lane 5 still waits: what follows in it is nobody's.
    happen(companies[0], 5)
    assert [own.uid for own in read(Openings({endpoint.pk: 4})).ours] == [Event.objects.get(cart_id=8).uid]


def test_what_there_is_no_room_for_is_put_down_or_left_in_the_stream(companies: list[Company]) -> None:
    put_down, left, other = (company.endpoints.get().pk for company in companies)
    for company in companies:
        happen(company, 1, 2)
    news = read(Openings({put_down: 0, left: UNREAD}, others=1))
    assert [own.endpoint_id for own in news.ours] == [other]
    assert (news.moved, news.waiting, news.unread) == ({put_down, other}, {put_down}, {left})
    numbers = dict(Cursor.objects.values_list("endpoint_id", "number"))
    assert numbers == {put_down: 2, left: 0, other: 1}
    assert Delivery.objects.filter(endpoint=put_down, claimed_by=None, token=0).count() == 2


def test_an_answer_is_not_taken_for_an_event_that_got_its_number_after_a_crash(companies: list[Company]) -> None:
    """A crash of the database takes back deliveries, bookmark and sequence; the pusher that sent them lives on."""
    endpoint = companies[0].endpoints.get()
    happen(companies[0], 5)
    (sent,) = read(Openings({endpoint.pk: 4})).ours
    Delivery.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('webhooks_delivery_id_seq', %s, false)", [sent.id])
    Cursor.objects.filter(endpoint=endpoint).update(number=1)
    happen(companies[0], 6)
    (other,) = read(Openings({endpoint.pk: 4})).ours
    assert (other.id, other.uid == sent.uid) == (sent.id, False)

    async def hear() -> set[int]:
        pool = await open_pool("record", durable=True)
        try:
            answer = Answer(sent.created_at, 200, "", "ok", "127.0.0.1", 0)
            target = Target(endpoint.pk, "http://127.0.0.1", (), (), (), (), None)
            parcel = Parcel(target, sent.uid, "POST", [], b"")
            return (await engine_record(pool, 77, [Result(sent, parcel, answer)])).delivered_or_done
        finally:
            await pool.close()

    assert asyncio.run(hear()) == set()
    assert list(Delivery.objects.values_list("state", "claimed_by", "token")) == [("waiting", 77, other.token)]


def test_what_a_replay_wrote_meanwhile_comes_first_though_it_is_not_seen(
    companies: list[Company], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement has begun when the replay commits: it locks the bookmark as the replay left it."""
    endpoint = companies[0].endpoints.get()
    happen(companies[0], 5)
    read(Openings())
    Delivery.objects.update(state="delivered", delivered_at=clock.now())
    happen(companies[0], 5)
    begun = "FROM webhooks_cursor c\n    JOIN companies_endpoint p"
    assert begun in fanning._FAN_OUT
    slowly = begun.replace("FROM ", "FROM (SELECT pg_sleep(1) AS slept OFFSET 0) slow CROSS JOIN ")
    slow = fanning._FAN_OUT.replace(begun, slowly).replace("s.last,", "s.last, slept,")
    monkeypatch.setattr(fanning, "_FAN_OUT", slow)
    found: list[News] = []
    reader = threading.Thread(target=lambda: found.append(read(Openings({endpoint.pk: 4}))))
    reader.start()
    with connection.cursor() as cursor:
        while not cursor.execute("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'").rowcount:
            pass
    assert replay(endpoint.pk, first=1) == 1
    reader.join()
    (news,) = found
    assert (news.ours, news.waiting) == ([], {endpoint.pk})
    rows = list(Delivery.objects.filter(state="waiting").order_by("id").values_list("number", "replay", "claimed_by"))
    assert rows == [(1, 1, None), (2, 0, None)]
