"""A retailer's feed of 40 stores: first load, a reload with 2 % changed, an unchanged reload; rows/s and peak memory.

Beside each stands a bare `COPY` of the same file into an unlogged table of texts, right before it. All the while, also
during that, shoppers ask for a few products of each store, which must be those of one snapshot; after each the whole
stock is compared with the file. The medians of the rounds and of the ratios round by round are given. `BENCH_ROWS`
and `BENCH_ROUNDS` make it smaller.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import django
import psycopg

from bench.feed_files import STORES, write_files
from bench.postgres import HOME, database
from bench.report import Result, main, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.feed_files import Files

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
GOALS = {"first load": 0.25, "reload, 2 % changed": 0.6, "unchanged reload": 2.0}
MOST_MEGABYTES = 400
_PAUSE = 0.01  # seconds between two questions, so each store is asked about twice a second: shoppers, no load test
_BARE = "CREATE UNLOGGED TABLE bare (store text, upc text, qty text, price text)"
# Lines that stand otherwise than the file says; what it leaves out is to be out of stock.
_WRONG = """
SELECT count(*)
FROM (SELECT store.id AS store_id, bare.* FROM bare JOIN stores_store store
      ON store.company_id = %(company_id)s AND store.number = bare.store) told
FULL JOIN (SELECT stock.* FROM inventory_line stock JOIN stores_store store
           ON store.id = stock.store_id AND store.company_id = %(company_id)s) stock
    ON stock.store_id = told.store_id AND stock.upc = told.upc
WHERE coalesce(told.qty::int, 0) IS DISTINCT FROM stock.on_hand OR stock.taken > 0 OR stock.hidden
   OR (told.upc IS NOT NULL AND told.price::numeric * 100 IS DISTINCT FROM stock.price)
"""

Probes = dict[str, dict[str, int]]


@dataclass
class Seen:
    """What the shoppers were told: how often, and how often it was of no one snapshot, or lacked a product."""

    looks: int = 0
    mixed: int = 0
    missed: int = 0
    reached: dict[int, int] = field(default_factory=dict)  # by store: which of the snapshots it has shown

    def add(self, store_id: int, told: dict[str, int], snapshots: list[dict[str, int]]) -> None:
        """`snapshots` are those that may stand, the older one first; a store never goes back."""
        self.looks += 1
        may_be = snapshots[self.reached.get(store_id, 0) :]
        if told in may_be:
            self.reached[store_id] = snapshots.index(told)
        elif told.keys() < snapshots[-1].keys():
            self.missed += 1
        else:
            self.mixed += 1


@dataclass
class Step:
    ratio: float
    bare: float  # rows a second
    rate: float
    megabytes: float
    wrong: int
    seen: Seen


def measure() -> Iterator[Result]:
    with database() as url, tempfile.TemporaryDirectory(dir=HOME) as folder:
        django.setup()
        progress(f"writing two files of {ROWS:,} rows")
        files = write_files(Path(folder), ROWS)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_BARE)
            rounds = []
            for number in range(1, ROUNDS + 1):
                progress(f"round {number} of {ROUNDS}")
                rounds.append(_round(connection, files))
    for name in GOALS:
        yield from _figures(name, [steps[name] for steps in rounds])
    yield from _truth([step for steps in rounds for step in steps.values()])


def _figures(name: str, steps: list[Step]) -> Iterator[Result]:
    median = statistics.median
    yield Result(f"{name}: rows", median(step.rate for step in steps), "/s")
    yield Result(f"{name}: bare COPY", median(step.bare for step in steps), "/s")
    yield Result(f"{name}: to the bare COPY", median(step.ratio for step in steps), "", goal=GOALS[name])
    most = max(step.megabytes for step in steps)
    yield Result(f"{name}: peak of memory", most, "MB", goal=MOST_MEGABYTES, better="lower")


def _truth(steps: list[Step]) -> Iterator[Result]:
    yield Result("looks of shoppers meanwhile", sum(step.seen.looks for step in steps), "")
    for name, count in (
        ("looks at half a snapshot", sum(step.seen.mixed for step in steps)),
        ("looks that missed a product", sum(step.seen.missed for step in steps)),
        ("lines that stand otherwise than the file says", sum(step.wrong for step in steps)),
    ):
        yield Result(name, count, "", goal=0, better="lower")


def _round(connection: psycopg.Connection, files: Files) -> dict[str, Step]:
    """All three, for a retailer whose stores were never fed; those of the rounds before are gone."""
    connection.execute("TRUNCATE inventory_stock, inventory_packed, inventory_change")
    connection.execute("VACUUM ANALYZE")
    other_id, _ = retailer()
    company_id, stores = retailer()
    nothing: Probes = {number: {} for number in files.before}
    ways: dict[str, tuple[Path, list[Probes], int]] = {
        "first load": (files.first, [nothing, files.before], files.rows),
        "reload, 2 % changed": (files.second, [files.before, files.after], files.changes),
        "unchanged reload": (files.second, [files.after], 0),
    }
    steps = {}
    for name, (file, snapshots, changes) in ways.items():
        with _shoppers(stores, snapshots) as seen:
            copied = _measured("feed_copy", str(file))
            said = _measured("feed_import", str(company_id), str(file), str(other_id))
        rows = int(copied["rows"])
        if (said["state"], said["rows"], said["changed"], said["refused"]) != ("done", rows, changes, 0):
            raise RuntimeError(f"{rows} rows were to change {changes} products, but the import said {said}.")
        rate, ours = rows / copied["seconds"], rows / said["seconds"]
        wrong = count_wrong(connection, company_id)
        steps[name] = Step(ours / rate, rate, ours, said["megabytes"], wrong, seen)
    return steps


def retailer() -> tuple[int, dict[str, int]]:
    """Its id, and its stores' by their numbers."""
    from tests import network

    company = network.retailer()
    numbers = [str(number) for number in range(101, 101 + STORES)]
    return company.pk, {number: network.store(company, number=number).pk for number in numbers}


def count_wrong(connection: psycopg.Connection, company_id: int) -> int:
    """Of the stock of all its stores, beside what `bare` holds."""
    row = connection.execute(_WRONG, {"company_id": company_id}).fetchone()
    assert row is not None  # noqa: S101 a count has one
    return int(row[0])


def _measured(name: str, *arguments: str) -> dict[str, float]:
    """What one of the measurements beside this one said. What others left to be written to the disk, none waits for."""
    os.sync()
    command = [sys.executable, "-m", f"bench.{name}", *arguments]
    said: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return said


@contextmanager
def _shoppers(stores: dict[str, int], snapshots: list[Probes]) -> Iterator[Seen]:
    """They ask one store after the other, as long as this is open."""
    seen, over = Seen(), threading.Event()
    failed: list[Exception] = []

    def ask() -> None:
        from django.db import connection

        try:
            while not over.is_set():
                for number, store_id in stores.items():
                    look(seen, store_id, [snapshot[number] for snapshot in snapshots])
                    over.wait(_PAUSE)
        except Exception as error:  # noqa: BLE001 whoever waits for the thread hears of it
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
    for error in failed:
        raise error


def look(seen: Seen, store_id: int, snapshots: list[dict[str, int]]) -> None:
    """What a shopper is told of the store now."""
    from pushcart.inventory.queries import available

    told = available(store_id, snapshots[-1])
    seen.add(store_id, {upc: there.qty for upc, there in told.items()}, snapshots)


if __name__ == "__main__":
    main("feed", measure)
