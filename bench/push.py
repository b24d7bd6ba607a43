"""How fast events reach endpoints, and how soon; beside it a bare loop and a bare sender in the same run.

Documents of 2 KB, signed, everything durable in PostgreSQL, one pusher process, the sink a process on the same machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import django

from bench import postgres
from bench.postgres import database
from bench.report import Result, main, progress
from bench.sink import arrivals, arrived, sink

if TYPE_CHECKING:
    from collections.abc import Iterator


QUEUED = int(os.environ.get("BENCH_QUEUED", "20000"))
ENDPOINTS = 10
STEADY = {20: 30, 100: 20, 500: 12}  # orders a second: seconds
BURST = int(os.environ.get("BENCH_BURST", "10000"))
DEAD = "http://127.0.0.1:9/dead"
BURST_PATHS = [*["ok"] * 47, "dead", "slow/5", "failing"]
FLAT = 5.0  # MB: what a process that has met all its work may still grow by
TICK = os.sysconf("SC_CLK_TCK")


@contextmanager
def pusher() -> Iterator[subprocess.Popen[bytes]]:
    """`pushcart push`, its log in the bench's folder."""
    with (postgres.HOME / "pusher.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "pushcart.cli", "push"], stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def measure() -> Iterator[Result]:
    with database() as url, tempfile.TemporaryDirectory() as folder:
        django.setup()
        from bench.bare import bare_loop, bare_sender

        with sink(Path(folder) / "bare") as address:
            progress(f"a bare sender, and a bare loop of claim, send and record: {QUEUED} each")
            sender = bare_sender(address, QUEUED)
            loop = bare_loop(url, address, QUEUED)
        drained, cpu, grown = _drain(url, Path(folder) / "drain")
        yield Result("drain: deliveries", drained, "/s", goal=5000)
        yield Result("drain: pusher's CPU a delivery", cpu, "µs", better="lower")
        yield Result("drain: pusher's memory grown in its last three quarters", grown, "MB", goal=FLAT, better="lower")
        yield Result("bare loop: deliveries", loop, "/s")
        yield Result("drain to bare loop", drained / loop, "", goal=0.5)
        yield Result("bare sender: requests", sender, "/s")
        for rate, seconds in STEADY.items():
            yield from _steady(url, Path(folder) / f"steady{rate}", rate, seconds)
        yield from _bursts(url, Path(folder))


def _drain(url: str, report: Path) -> tuple[float, float, float]:
    """Deliveries a second, CPU µs of each and MB grown, from the commit of the queued events to the last result."""
    from bench.orders import Network

    with sink(report) as address, pusher() as process:
        network = Network(url, [f"{address}/{n}" for n in range(ENDPOINTS)], carts=ENDPOINTS + QUEUED)
        network.await_taken_in()
        progress(f"draining {QUEUED} queued events, {ENDPOINTS} endpoints")
        network.write(ENDPOINTS)
        network.await_empty()
        cpu = _cpu_seconds(process.pid)
        ids = network.write(QUEUED)
        started = time.monotonic()
        _await_arrivals(address, ENDPOINTS + QUEUED // 4)
        memory = _resident_mb(process.pid)
        _await_arrivals(address, ENDPOINTS + QUEUED)
        network.await_empty()
        seconds = time.monotonic() - started
        cpu = _cpu_seconds(process.pid) - cpu
        memory = _resident_mb(process.pid) - memory
    came = [uid for uid, _ in arrivals(report)]
    if set(ids) - set(came):
        raise RuntimeError(f"{len(set(ids) - set(came))} events did not arrive.")
    return QUEUED / seconds, cpu / QUEUED * 1e6, memory


def _steady(url: str, report: Path, rate: int, seconds: int) -> Iterator[Result]:
    """Commit to arrival at a steady rate, each order its own transaction."""
    from bench.orders import Network

    committed: dict[str, float] = {}
    with sink(report) as address, pusher() as process:
        network = Network(url, [f"{address}/{n}" for n in range(ENDPOINTS)], carts=rate * (seconds + 2))
        network.await_taken_in()
        progress(f"{rate} orders a second for {seconds} s")
        network.write(rate)
        network.await_empty()
        started = time.monotonic()
        memory = 0.0
        for n in range(rate * seconds):
            if n == rate * seconds // 4:
                memory = _resident_mb(process.pid)
            time.sleep(max(0.0, started + n / rate - time.monotonic()))
            (uid,) = network.write(1, companies=[network.companies[n % ENDPOINTS]])
            committed[uid] = time.monotonic()
        network.await_empty()
        memory = _resident_mb(process.pid) - memory
    came = dict(reversed(arrivals(report)))
    waits = sorted(max(0.0, came[uid] - at) * 1000 for uid, at in committed.items())
    goals = {50: 5.0, 99: 25.0} if rate == 100 else {}  # noqa: PLR2004 the rate that the goal is for
    for percent in (50, 95, 99):
        figure = waits[min(len(waits) - 1, len(waits) * percent // 100)]
        name = f"commit to arrival at {rate}/s: p{percent}"
        yield Result(name, figure, "ms", goal=goals.get(percent), better="lower")
    if rate == max(STEADY):
        name = f"pusher's memory grown in {rate * seconds * 3 // 4} deliveries at {rate}/s"
        yield Result(name, memory, "MB", goal=FLAT, better="lower")


def _bursts(url: str, folder: Path) -> Iterator[Result]:
    """A burst over 50 endpoints: alone, and beside a dead, a slow (5 s) and a failing one of them."""
    progress(f"a burst of {BURST} over {len(BURST_PATHS)} endpoints, without and with bad ones")
    alone, _ = _burst(url, folder / "alone", ["ok"] * len(BURST_PATHS))
    beside, grown = _burst(url, folder / "beside", BURST_PATHS)
    yield Result("burst: healthy endpoints' p99 without bad ones", alone, "ms", better="lower")
    yield Result("burst: healthy endpoints' p99 beside bad ones", beside, "ms", better="lower")
    yield Result("burst: with to without", beside / alone, "", goal=2.0, better="lower")
    yield Result("burst: pusher's memory grown in a second one", grown, "MB", goal=FLAT, better="lower")


def _burst(url: str, report: Path, paths: list[str]) -> tuple[float, float]:
    """p99 in ms from the commit to the arrival at endpoints that are healthy in either burst.

    And the MB that a second burst adds to what the first one took.
    """
    from bench.orders import Network

    with sink(report) as address, pusher() as process:
        urls = [DEAD if path == "dead" else f"{address}/{path}/{n}" for n, path in enumerate(paths)]
        network = Network(url, urls, carts=len(paths) + BURST, sequences=2)
        network.await_taken_in()
        healthy = [place for place, path in enumerate(BURST_PATHS) if path == "ok"]
        network.write(len(paths))
        companies = [network.companies[place] for place in healthy]
        network.await_empty(companies=companies)
        before = arrived(address)
        ids = network.write(BURST)
        committed = time.monotonic()
        _await_arrivals(address, before + BURST * len(healthy) // len(paths))
        network.await_empty(companies=companies)
        memory = _resident_mb(process.pid)
        network.write(BURST)
        network.await_empty(companies=companies)
        grown = _resident_mb(process.pid) - memory
        network.retire()
    came = dict(reversed(arrivals(report)))
    # Events are dealt out in turn: the n-th written of all goes to the company n % 50.
    wanted = [uid for uid in ids if int(uid.rpartition("_")[2]) % len(paths) in healthy]
    waits = sorted((came[uid] - committed) * 1000 for uid in wanted)
    return waits[len(waits) * 99 // 100], grown


def _await_arrivals(address: str, count: int, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while arrived(address) < count:
        if time.monotonic() > until:
            raise TimeoutError("Deliveries are still on their way.")
        time.sleep(0.02)


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


if __name__ == "__main__":
    main("push", measure)
