"""The index and the database say the same, at every moment."""

from __future__ import annotations

import asyncio
import io
import time
from contextlib import asynccontextmanager
from datetime import timedelta

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from prometheus_client import REGISTRY

from pushcart.catalog.digits import with_check_digits
from pushcart.catalog.models import BlockedPath, Product
from pushcart.companies.models import Dealer, StripeAccount
from pushcart.edge.database import connect, open_pool
from pushcart.inventory.actions.hide import hide
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.inventory.actions.take import take
from pushcart.inventory.models import Freshness, Packed, Sellable, Stock
from pushcart.locator.by_index import ByIndex
from pushcart.locator.by_sql import BySql
from pushcart.locator.index.keeper import FRESH_FOR, Keeper
from pushcart.locator.locator import Locator
from pushcart.locator.place import Place
from pushcart.locator.search import search
from pushcart.stores.models import Store
from tests import network

AUSTIN = Place(30.2672, -97.7431)
GRILL = network.GRILL
# The goal: a change is seen within so many seconds.
SEEN_WITHIN = 2.0


@asynccontextmanager
async def running(connecting=connect):
    """A locator whose index is ready."""
    async with await open_pool() as pool:
        locator = Locator(pool, connecting)
        locator.start()
        try:
            await until(lambda: isinstance(locator.source(), ByIndex), 20)
            yield locator
        finally:
            await asyncio.to_thread(locator.stop)


async def until(holds, seconds=SEEN_WITHIN):
    end = time.monotonic() + seconds
    while True:
        answer = holds()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return
        assert time.monotonic() < end, "it did not come to hold in time"
        await asyncio.sleep(0.01)


@pytest.fixture
def store(transactional_db):
    brand = network.brand()
    network.product(brand)
    there = network.whole_store()
    network.dealer(brand, there.company)
    network.stock(there, on_hand=2)
    return there


def changing(*steps):
    """Runs each step, (what to do, what the locator says of grills afterwards), against one running index."""

    async def run():
        async with running() as locator:

            async def said():
                found = await search(locator, AUSTIN, upcs=[GRILL], in_stock=False)
                assert found.source == "index"
                return [
                    (hit.store.id, hit.offers[0].qty, hit.offers[0].price, hit.offers[0].labels["bopis"].code)
                    for hit in found.hits
                ]

            for do, expected in steps:
                await sync_to_async(do)()

                async def holds(expected=expected):
                    return await said() == (expected() if callable(expected) else expected)

                await until(holds)
                assert set(locator.may_stock([GRILL])) == await sync_to_async(stocking)()
        await sync_to_async(connections.close_all)()

    asyncio.run(run())


def stocking():
    return set(Sellable.objects.filter(upc=GRILL, qty__gt=0).values_list("store_id", flat=True))


def test_every_change_is_seen_in_time(store):
    there = Store.objects.filter(pk=store.pk)
    account = StripeAccount.objects.filter(company=store.company)
    dealer = Dealer.objects.filter(retailer=store.company)
    price = network.PRICE
    two, sold = (store.pk, 2, price, ""), (store.pk, 0, price, "out_of_stock")
    changing(
        (lambda: None, [two]),
        (lambda: take(store.pk, GRILL, 2), [sold]),
        (lambda: network.stock(store, on_hand=4, price=1, taken=0), [(store.pk, 4, 1, "")]),
        (lambda: there.update(safety_stock=2), [(store.pk, 2, 1, "")]),
        (lambda: Stock.objects.all().delete(), [sold]),
        (lambda: network.stock(store, on_hand=4), [two]),
        (lambda: account.update(charges_enabled=False), [(store.pk, 2, price, "stripe_charges_disabled")]),
        (lambda: account.update(charges_enabled=True), [two]),
        (lambda: dealer.update(authorized=False), []),
        (lambda: dealer.update(authorized=True), [two]),
        (lambda: Freshness.objects.all().delete(), [(store.pk, 2, price, "stock_stale")]),
        (lambda: network.fed(store), [two]),
        (lambda: network.block(Product.objects.get(), "bopis"), [(store.pk, 2, price, "product_blocked")]),
        (lambda: BlockedPath.objects.all().delete(), [two]),
        (lambda: there.update(bopis=False), [(store.pk, 2, price, "path_off")]),
        (lambda: there.update(bopis=True, closed=True), []),
        (lambda: there.update(closed=False), [two]),
    )


def test_a_store_that_comes_moves_or_goes_is_found_where_it_is(store):
    near, far = (store.pk, 2, network.PRICE, ""), []

    def one_comes():
        far.append(network.whole_store(store.company, lat=31.0))
        network.stock(far[0], on_hand=5)

    def it_moves():
        Store.objects.filter(pk=far[0].pk).update(lat=30.2672, lng=-97.7431)
        Store.objects.filter(pk=store.pk).update(lat=29.0)

    def found(*stores):
        return [(one.pk, qty, network.PRICE, "") for one, qty in stores]

    changing(
        (one_comes, lambda: [near, *found((far[0], 5))]),
        (it_moves, lambda: found((far[0], 5), (store, 2))),
        (lambda: take(store.pk, GRILL, 1), lambda: found((far[0], 5), (store, 1))),
        (lambda: far[0].delete() and None, lambda: found((store, 1))),
    )


def test_a_feed_that_is_packed_is_taken_in_and_so_is_what_becomes_of_it(store):
    upcs = [f"{int(n):012}" for n in with_check_digits(np.arange(60_184_200_000, 60_184_200_200))]

    def feed(qty):
        text = f"upc,qty,price\n{GRILL},{qty},399.00\n" + "".join(f"{upc},5,2.49\n" for upc in upcs)
        assert import_feed(store.company, io.BytesIO(text.encode()), source="t", store=store, force=True).changed

    def packed():
        network.fed(store)
        Stock.objects.all().delete()
        feed(3)
        assert Packed.objects.count()

    changing(
        (packed, [(store.pk, 3, 39900, "")]),
        (lambda: take(store.pk, GRILL, 1), [(store.pk, 2, 39900, "")]),
        (lambda: feed(7), [(store.pk, 7, 39900, "")]),
        (lambda: hide(store.pk, GRILL), [(store.pk, 0, 39900, "out_of_stock")]),
        (lambda: feed(0), [(store.pk, 0, 39900, "out_of_stock")]),
    )


def test_a_whole_stores_feed_is_taken_in(store):
    """Above a thousand rows the database names the store alone."""
    upcs = [f"{n:012d}" for n in range(10**6, 10**6 + 1500)]

    def feed(qty):
        Stock.objects.all().delete()
        goods = [*upcs, GRILL] if qty else [GRILL]
        Stock.objects.bulk_create(Stock(store=store, upc=upc, on_hand=qty or 1, snapshot=9) for upc in goods)

    changing(
        (lambda: feed(8), [(store.pk, 8, network.PRICE, "")]),
        (lambda: feed(9), [(store.pk, 9, network.PRICE, "")]),
        (lambda: feed(0), [(store.pk, 1, network.PRICE, "")]),
    )


def test_a_change_whose_notification_was_missed_is_found(store, monkeypatch):
    monkeypatch.setattr(Keeper, "_wake", lambda *_: None)
    changing((lambda: take(store.pk, GRILL, 1), [(store.pk, 1, network.PRICE, "")]))


def test_stock_grows_too_old_at_its_moment_without_an_event(store, clock):
    fed_at = Freshness.objects.get().fed_at
    limit = fed_at + timedelta(hours=72)
    changing(
        (lambda: clock.freeze(limit - timedelta(microseconds=1)), [(store.pk, 2, network.PRICE, "")]),
        (lambda: clock.freeze(limit), [(store.pk, 2, network.PRICE, "stock_stale")]),
    )


def test_an_index_that_hears_nothing_leaves_the_answer_to_the_database(store):
    lost = []

    async def reconnect():
        if lost:
            raise ConnectionRefusedError
        return await connect()

    async def run():
        async with running(reconnect) as locator:
            lost.append(True)
            await sync_to_async(_end_connections)("pushcart locator")
            await until(lambda: isinstance(locator.source(), BySql), FRESH_FOR + 1)
            assert len((await search(locator, AUSTIN, upcs=[GRILL])).hits) == 1
            await sync_to_async(take)(store.pk, GRILL, 2)
            lost.clear()
            await until(lambda: isinstance(locator.source(), ByIndex), 5)
            assert (await search(locator, AUSTIN, upcs=[GRILL])).hits == []
        await sync_to_async(connections.close_all)()

    asyncio.run(run())


def test_an_index_that_fails_is_read_anew_and_says_so(store):
    """It used to end the thread for good, and every search went to the database from then on."""

    def told(name):
        return REGISTRY.get_sample_value(f"pushcart_locator_index_{name}")

    def something_nobody_foresaw():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO inventory_change (store_id, upc) VALUES (%s, 'no number')", [store.pk])
        take(store.pk, GRILL, 1)

    failed_before = told("failures_total")

    async def run():
        async with running() as locator:
            assert told("age_seconds") < FRESH_FOR
            await sync_to_async(something_nobody_foresaw)()
            await until(lambda: told("failures_total") == failed_before + 1, 5)

            async def is_back():
                found = await search(locator, AUSTIN, upcs=[GRILL])
                return found.source == "index" and [hit.offers[0].qty for hit in found.hits] == [1]

            await until(is_back, 10)
            assert told("age_seconds") < FRESH_FOR
            await sync_to_async(take)(store.pk, GRILL, 1)

            async def follows_again():
                found = await search(locator, AUSTIN, upcs=[GRILL])
                return found.source == "index" and found.hits == []

            await until(follows_again, 5)
        await sync_to_async(connections.close_all)()

    asyncio.run(run())


def _end_connections(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [name])
