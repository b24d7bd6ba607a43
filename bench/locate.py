"""The locator over a national network: how long an answer takes, how many a second, and when a change is seen.

Each case asks from other points of its region. "a tenth" is the same with a tenth of the stores and of the stock. The
bare handler (bare_locate.py) is granian and asyncpg with one bounding-box statement that returns ready JSON of the same
stores; it is told how large its box has to be, and judges no gate. Beside it, for information, an answer that never
changes. `BENCH_TENTH=1` leaves the full size out.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import django
import httpx

from bench.api import HOME, Figures, Server, _server
from bench.nation import COMMON, NOBODYS, RARE, build
from bench.postgres import database
from bench.report import Result, attempted, main, progress
from pushcart.locator.distance import KM_A_MILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.nation import Nation

SECONDS = float(os.environ.get("BENCH_SECONDS", "1.5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CALLERS = 16
POINTS = 500
CHANGES = 20
PATIENCE = 30  # seconds
SIZES = {"a tenth": (3_000, 1_000_000), "full": (30_000, 10_000_000)}
UPCS = {"common": COMMON, "rare": RARE, "nobody's": NOBODYS}
# South, north, west, east.
REGIONS = {"dense": (40.4, 41.0, -74.4, -73.6), "empty": (46.0, 48.5, -109.0, -105.0)}

_HAVERSINE = """
SELECT s.id, 12742 * asin(sqrt(
    sin(radians(s.lat - $2) / 2) ^ 2 + cos(radians($2)) * cos(radians(s.lat)) * sin(radians(s.lng - $3) / 2) ^ 2)) AS km
FROM bench_stock k JOIN stores_store s ON s.id = k.store_id
WHERE k.upc = $1 AND k.on_hand > k.taken AND NOT s.closed ORDER BY km LIMIT 3
"""
_NEIGHBOURS = """
SELECT s.id FROM stores_store s
WHERE NOT s.closed AND EXISTS (
    SELECT FROM bench_stock k WHERE k.store_id = s.id AND k.upc = $1 AND k.on_hand > k.taken)
ORDER BY ll_to_earth(s.lat, s.lng) <-> ll_to_earth($2, $3) LIMIT 3
"""

Medians = dict[tuple[str, str], float]  # p50 by product and region


def measure() -> Iterator[Result]:
    sizes = ["a tenth"] if os.environ.get("BENCH_TENTH") else list(SIZES)
    medians: dict[str, Medians] = {}
    for size in sizes:
        with database() as url:
            if not medians:
                django.setup()
            _use(url)
            medians[size] = {}
            yield from attempted(size, _sized(size, url, medians[size]))
    if "full" in medians:
        for (product, region), small in medians["a tenth"].items():
            if (product, region) not in medians["full"]:
                continue
            ratio = medians["full"][product, region] / small
            yield Result(f"{product}, {region}: ten times the data", ratio, "times as long", goal=1.5, better="lower")


def _use(url: str) -> None:
    """Django is set up once; each size has a database of its own."""
    from django.conf import settings
    from django.db import connections

    from pushcart.kit.database_url import parse

    connections.close_all()
    settings.DATABASES["default"].update(parse(url, var=settings.VAR))
    connections["default"].settings_dict.update(settings.DATABASES["default"])
    # The servers that are started read their key here: keys are stored as digests of this process's.
    Path(os.environ["PUSHCART_VAR"], "secret_key").write_text(settings.SECRET_KEY)


def _sized(size: str, url: str, medians: Medians) -> Iterator[Result]:
    nation = build(*SIZES[size])
    environment = {**os.environ, "BENCH_KEY": nation.key, "PUSHCART_RATE_LIMIT_PER_MINUTE": str(10**9)}
    with _server(environment, "pushcart.config.asgi:app") as ours:
        loading = time.monotonic()
        sample = _await_index(ours, nation)
        yield Result(f"{size}: index ready after", time.monotonic() - loading, "s", better="lower")
        yield Result(f"{size}: memory of the web process", _memory(ours), "MB", better="lower")
        answer = HOME / "answer.json"
        answer.write_bytes(sample)
        told = {**environment, "BENCH_ANSWER": str(answer)}
        with _server(told, "bench.bare_locate:app") as bare, _server(told, "bench.bare_answer:app") as static:
            yield from attempted(f"{size}: cases", _cases(size, (ours, bare, static), nation, environment, medians))
        yield from attempted(f"{size}: a change of stock", _seen(size, ours, nation, url))
    yield from attempted(f"{size}: beside", _beside(size, url))


def _cases(
    size: str, servers: tuple[Server, Server, Server], nation: Nation, environment: dict[str, str], medians: Medians
) -> Iterator[Result]:
    ours, bare, static = servers
    for region, box in REGIONS.items():
        for product, upc in UPCS.items():
            progress(f"{size}: {product}, {region}")
            told = {**environment, "BENCH_PATHS": str(_paths(ours, nation, upc, box))}
            _loaded(ours, told, CALLERS, 0.5)
            alone = [_loaded(ours, told, 1, SECONDS) for _ in range(ROUNDS)]
            pairs = [
                (_loaded(ours, told, CALLERS, SECONDS), _loaded(bare, told, CALLERS, SECONDS)) for _ in range(ROUNDS)
            ]
            p50 = medians[product, region] = statistics.median(f.p50 for f in alone)
            name = f"{size}, {product}, {region}"
            yield Result(f"{name}: p50", p50, "ms", better="lower")
            yield Result(f"{name}: p99", statistics.median(f.p99 for f in alone), "ms", goal=5, better="lower")
            mine = statistics.median(mine.rate for mine, _ in pairs)
            yield Result(f"{name}: requests", mine, "/s")
            yield Result(
                f"{name}: CPU a request", statistics.median(mine.cpu for mine, _ in pairs), "µs", better="lower"
            )
            yield Result(f"{name}: bare handler", statistics.median(theirs.rate for _, theirs in pairs), "/s")
            ratio = statistics.median(mine.rate / theirs.rate for mine, theirs in pairs)
            yield Result(f"{name}: to the bare handler", ratio, "", goal=0.5)
            if (product, region) == ("common", "dense"):
                fixed = _loaded(static, told, CALLERS, SECONDS).rate
                yield Result(f"{name}: to an answer that never changes", mine / fixed, "")
        ratio = medians["common", region] / medians["rare", region]
        yield Result(f"{size}, {region}: common to rare", ratio, "times as long", goal=3, better="lower")


def _paths(ours: Server, nation: Nation, upc: str, box: tuple[float, float, float, float]) -> Any:
    """A file of questions, each with the box that holds its answer."""
    draw, (south, north, west, east) = random.Random(upc), box
    paths = [_path(nation, upc, draw.uniform(south, north), draw.uniform(west, east)) for _ in range(POINTS)]
    with httpx.Client(headers={"Locally-API-Token": nation.key}, trust_env=False) as client:
        answers = [client.get(ours.url + path).json()["data"]["markers"] for path in paths]
    away = [max((found["user_distance"] for found in answer), default=0) for answer in answers]
    file = HOME / "paths.txt"
    file.write_text(
        "\n".join(f"{path}&box={miles * KM_A_MILE + 0.1:.1f}" for path, miles in zip(paths, away, strict=True))
    )
    return file


def _path(nation: Nation, upc: str, lat: float, lng: float) -> str:
    return f"/headless/api/1.0/product/locate?company_id={nation.brand_id}&upc={upc}&lat={lat:.5f}&lng={lng:.5f}"


def _loaded(server: Server, environment: dict[str, str], callers: int, seconds: float) -> Figures:
    before = server.cpu()
    command = [sys.executable, "-m", "bench.load", server.url, str(seconds), str(callers)]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    count, taken, p50, p99 = map(float, said.split())
    return Figures(count / taken, (server.cpu() - before) / count * 1e6, p50, p99)


def _ask(server: Server, nation: Nation, lat: float = 40.7, lng: float = -74.0) -> httpx.Response:
    headers = {"Locally-API-Token": nation.key}
    return httpx.get(server.url + _path(nation, COMMON, lat, lng), headers=headers, trust_env=False)


def _await_index(server: Server, nation: Nation) -> bytes:
    """The first answer that the index gives."""
    until = time.monotonic() + 300
    while True:
        answer = _ask(server, nation)
        # Until then the database answers, or fails to: it is read whole at the same time.
        if answer.is_success and answer.json()["data"]["source"] == "index":
            return answer.content
        if time.monotonic() > until:
            raise RuntimeError("The index did not become ready in five minutes.")
        time.sleep(0.05)


def _memory(server: Server) -> float:
    """Of all its processes, without what they share."""
    from bench.api import _children

    pids = [server.process.pid, *_children(server.process.pid)]
    lines = [line for pid in pids for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1000


def _seen(size: str, server: Server, nation: Nation, url: str) -> Iterator[Result]:
    """Milliseconds from the commit of a change to the first answer that knows of it; the longest of several."""
    progress("a change of stock")
    longest = 0.0
    for number in range(CHANGES):
        [nearest, *_] = _ask(server, nation).json()["data"]["markers"]
        asyncio.run(_set(url, nearest["id"], 100 + number))
        committed = time.monotonic()
        while _ask(server, nation).json()["data"]["markers"][0]["products"][0]["qoh"] != 100 + number:
            if time.monotonic() - committed > PATIENCE:
                raise RuntimeError(f"A change was not seen in {PATIENCE} seconds.")
        longest = max(longest, time.monotonic() - committed)
    yield Result(f"{size}: a change of stock is seen within", longest * 1000, "ms", goal=2000, better="lower")


async def _set(url: str, store_id: int, on_hand: int) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        "INSERT INTO inventory_stock (store_id, upc, on_hand, snapshot) VALUES ($1, $2, $3, 1)"
        " ON CONFLICT (store_id, upc) DO UPDATE SET on_hand = excluded.on_hand",
        store_id,
        COMMON,
        on_hand,
    )
    await connection.close()


def _beside(size: str, url: str) -> Iterator[Result]:
    """What the database alone takes for the same, without the gates."""
    for name, query in (("haversine over all", _HAVERSINE), ("earthdistance, nearest neighbours", _NEIGHBOURS)):
        for product in ("common", "rare"):
            progress(f"{size}: {name}, {product}")
            times = asyncio.run(_asked(url, query, UPCS[product]))
            yield Result(f"{size}, {product}: {name}, p50", statistics.median(times), "ms", better="lower")
            yield Result(f"{size}, {product}: {name}, p99", times[int(len(times) * 0.99)], "ms", better="lower")


async def _asked(url: str, query: str, upc: str) -> list[float]:
    connection = await asyncpg.connect(url)
    await connection.execute(
        "CREATE EXTENSION IF NOT EXISTS cube; CREATE EXTENSION IF NOT EXISTS earthdistance;"
        "CREATE INDEX IF NOT EXISTS bench_on_earth ON stores_store USING gist (ll_to_earth(lat, lng))"
    )
    draw, (south, north, west, east) = random.Random(1), REGIONS["dense"]
    times = []
    for _ in range(60):
        started = time.monotonic()
        await connection.fetch(query, upc, draw.uniform(south, north), draw.uniform(west, east))
        times.append((time.monotonic() - started) * 1000)
    await connection.close()
    return sorted(times[10:])


if __name__ == "__main__":
    main("locate", measure)
