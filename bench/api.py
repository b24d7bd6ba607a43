"""Reads of the API: one cart and a list of 50, requests a second and CPU a request, beside a bare handler.

Both servers are granian with one worker on the same PostgreSQL; they are loaded in turn, and the medians of the rounds
and of the ratios round by round are given.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import django
import httpx

from bench.postgres import HOME, database
from bench.report import Result, main, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
CALLERS = 16
CARTS = 120
GOAL = 0.6
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    process: subprocess.Popen[bytes]
    url: str

    def cpu(self) -> float:
        """CPU seconds of the server and the worker that it started."""
        pids = [self.process.pid, *_children(self.process.pid)]
        return sum(_cpu_of(pid) for pid in pids)


@dataclass
class Figures:
    rate: float
    cpu: float  # µs a request
    p50: float  # ms
    p99: float


def measure() -> Iterator[Result]:
    with database():
        django.setup()
        cart_hash, secret, digest = _network()
        environment = {
            **os.environ,
            "BENCH_KEY": secret,
            "BENCH_DIGEST": digest,
            "PUSHCART_RATE_LIMIT_PER_MINUTE": str(10**9),
        }
        with (
            _server(environment, "pushcart.config.asgi:app") as ours,
            _server(environment, "bench.reads:app") as bare,
        ):
            for what, path in (("one cart", f"/api/v2/cart/{cart_hash}"), ("list of 50", "/api/v2/carts")):
                yield from _compared(what, path, ours, bare, environment)


def _compared(what: str, path: str, ours: Server, bare: Server, environment: dict[str, str]) -> Iterator[Result]:
    rounds = []
    for number in range(ROUNDS + 1):
        progress(f"{what}: {'warming up' if number == 0 else f'round {number} of {ROUNDS}'}")
        rounds.append((_loaded(ours, path, environment), _loaded(bare, path, environment)))
    mine, theirs = zip(*rounds[1:], strict=True)
    median = statistics.median
    yield Result(f"{what}: requests", median(f.rate for f in mine), "/s")
    yield Result(f"{what}: bare handler", median(f.rate for f in theirs), "/s")
    yield Result(
        f"{what}: to the bare handler",
        median(m.rate / t.rate for m, t in zip(mine, theirs, strict=True)),
        "",
        goal=GOAL,
    )
    yield Result(f"{what}: CPU a request", median(f.cpu for f in mine), "µs", better="lower")
    yield Result(f"{what}: CPU a request, bare", median(f.cpu for f in theirs), "µs", better="lower")
    yield Result(f"{what}: p50 with {CALLERS} callers", median(f.p50 for f in mine), "ms", better="lower")
    yield Result(f"{what}: p99 with {CALLERS} callers", median(f.p99 for f in mine), "ms", better="lower")


def _loaded(server: Server, path: str, environment: dict[str, str]) -> Figures:
    before = server.cpu()
    command = [sys.executable, "-m", "bench.load", f"{server.url}{path}", str(SECONDS), str(CALLERS)]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    count, seconds, p50, p99 = map(float, said.split())
    return Figures(count / seconds, (server.cpu() - before) / count * 1e6, p50, p99)


def _network() -> tuple[str, str, str]:
    """A retailer with more than two pages of carts; a cart's hash, the retailer's key and its digest."""
    from pushcart.companies.actions.create_key import create_key
    from tests import network

    progress(f"{CARTS} carts")
    cart = network.cart()
    for _ in range(CARTS - 1):
        network.cart(cart.store)
    row, secret = create_key(cart.retailer, "bench")
    return cart.hash, secret, bytes(row.digest).hex()


@contextmanager
def _server(environment: dict[str, str], target: str) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), "--no-ws", target]
    with (HOME / "server.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    server = Server(process, f"http://127.0.0.1:{port}")
    try:
        _await(server, environment["BENCH_KEY"])
        yield server
    finally:
        process.terminate()
        process.wait()


def _await(server: Server, key: str) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            httpx.get(f"{server.url}/api/v2/carts", headers={"Locally-API-Token": key}, trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > until or server.process.poll() is not None:
                raise
            time.sleep(0.1)
        else:
            return


def _children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


if __name__ == "__main__":
    main("api", measure)
