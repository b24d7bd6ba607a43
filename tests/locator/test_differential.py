"""What the locator finds in random networks is what brute force finds: from the index, and from the database."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from pushcart.edge.database import connect, open_pool
from pushcart.locator.by_index import ByIndex
from pushcart.locator.by_sql import BySql
from pushcart.locator.found import Wanted
from pushcart.locator.index import shelves as index_shelves
from pushcart.locator.index.follow import news, take_in
from pushcart.locator.index.load import load
from pushcart.locator.index.products import Products
from pushcart.locator.index.state import State
from pushcart.locator.place import Place
from pushcart.locator.search import find
from tests.locator.brute_force import expected
from tests.locator.network_in_database import write
from tests.locator.network_in_memory import state_of
from tests.locator.random_changes import Changes
from tests.locator.random_network import NOW, PATHS, everything, network, question

IN_MEMORY = 1000
IN_THE_DATABASE = 12
CHANGING, BATCHES = 8, 25
GATES = {
    "", "product_unknown", "dealer_not_authorized", "tax_rate_missing", "stripe_missing", "stripe_disconnected",
    "stripe_charges_disabled", "billing_missing", "stock_stale", "out_of_stock", "price_missing", "path_off",
    "product_blocked", "out_of_reach", "never_opens",
}  # fmt: skip


def test_the_index_finds_what_brute_force_finds():
    """All gates, in a thousand networks."""
    seen = Counter()

    async def run():
        for seed in range(1, IN_MEMORY + 1):
            made = network(seed)
            wanted = question(made)
            index = ByIndex(state_of(made))
            # What it remembers from the day before may not mislead it.
            await find(index, wanted_of(wanted), NOW - timedelta(days=1))
            for asked in (wanted, everything(made, wanted)):
                found = plain(await find(index, wanted_of(asked), NOW))
                assert found == expected(made, asked), f"network {seed}, {asked}"
                note(seen, found)

    asyncio.run(run())
    # Nothing was proved of a gate that was never met.
    assert seen["stores"] > IN_MEMORY
    assert {code for code in GATES if seen[code] < 20} == set()
    assert min(seen["open"], seen["shut"], seen["pushcart"], seen["standard"], seen[None]) > 100


@pytest.mark.django_db(transaction=True)
def test_the_database_and_an_index_of_it_find_what_brute_force_finds():
    """Several networks stand in one database, each a stranger to the others."""
    networks = [network(seed, stores=120 if seed % 4 == 0 else None) for seed in range(1, IN_THE_DATABASE + 1)]
    for made in networks:
        write(made)
    assert any(shelf["hidden"] and shelf["qty"] for made in networks for shelf in made.stock.values())

    async def run():
        async with await open_pool() as pool:
            by_sql = BySql(pool)
            own = await connect()
            _, chart, shelves, dealers = await load(own)
            await own.close()
            by_index = ByIndex(State(chart, shelves, dealers, Products(by_sql.products)))
            for made in networks:
                asked = question(made)
                for asked_now in (asked, asked | {"limit": 100, "offset": 0}, asked | {"within_km": 40.0}):
                    wanted = wanted_of(asked_now)
                    by_force = expected(made, asked_now)
                    assert plain(await find(by_sql, wanted, NOW)) == by_force, f"network {made.seed}, {asked_now}"
                    assert plain(await find(by_index, wanted, NOW)) == by_force, f"network {made.seed}, {asked_now}"

    asyncio.run(run())


@pytest.mark.django_db(transaction=True)
def test_an_index_that_takes_in_every_change_finds_what_brute_force_finds(monkeypatch):
    """Stores come, move, change and go, stock is sold, hidden and fed, companies change: each batch is taken in."""
    # So few that it is laid to the rest again and again.
    monkeypatch.setattr(index_shelves, "_FEWEST_BESIDE", 5)
    networks = [network(seed, stores=15) for seed in range(101, 101 + CHANGING)]
    for made in networks:
        write(made)
    seen, done = Counter(), Counter()
    with asyncio.Runner() as runner:
        pool, own = runner.run(_opened())
        snapshot, chart, shelves, dealers = runner.run(load(own))
        state = State(chart, shelves, dealers, Products(BySql(pool).products))
        for made in networks:
            changes = Changes(made)
            for batch in range(BATCHES):
                did = changes.some()
                fresh = runner.run(news(own, snapshot))
                state = runner.run(take_in(own, state, fresh))
                snapshot = fresh.snapshot
                wanted = question(made, changes.draw)
                for asked in (wanted, everything(made, wanted)):
                    found = plain(runner.run(find(ByIndex(state), wanted_of(asked), NOW)))
                    assert found == expected(made, asked), f"network {made.seed}, batch {batch}: {did}; {asked}"
                    note(seen, found)
                done.update(did)
        assert state.chart.tail > 0
        runner.run(own.close())
        runner.run(pool.close())
    assert set(done) == set(Changes.KINDS)
    assert seen["stores"] > 1000


async def _opened():
    return await open_pool(), await connect()


def note(seen, found):
    seen["stores"] += len(found)
    for _, is_open, _, workflow, _, offered in found:
        seen.update([workflow, "open" if is_open else "shut"])
        seen.update(code for offer in offered for code in offer[4])


def plain(found):
    return [
        (
            hit.store.id,
            hit.opening.is_open,
            hit.opening.closes_at or hit.opening.opens_at,
            hit.workflow,
            hit.answers_by,
            [(o.upc, o.qty, o.price, o.stock, tuple(o.labels[path].code for path in PATHS)) for o in hit.offers],
        )
        for hit in found.hits
    ]


def wanted_of(asked):
    asked = dict(asked)
    return Wanted(place=Place(asked.pop("lat"), asked.pop("lng")), **asked)
