"""A load of one request, over kept connections, from a process of its own: `python -m bench.load URL SECONDS N`.

With `BENCH_PATHS`, a file of a path a line, each request is the next of these instead, round and round.

Prints the number of whole answers of status 200, the seconds they took, and the median and 99th percentile in ms.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_END_OF_HEAD = b"\r\n\r\n"


async def _caller(host: str, port: int, requests: Iterator[bytes], until: float, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection(host, port, limit=2**20)
    while (started := time.monotonic()) < until:
        writer.write(next(requests))
        head = await reader.readuntil(_END_OF_HEAD)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"an answer that is not 200: {head.decode()}")
        lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        await reader.readexactly(int(lengths[0].split(b":")[1]))
        times.append(time.monotonic() - started)
    writer.close()


async def _load(url: str, seconds: float, callers: int) -> tuple[list[float], float]:
    parts = urlsplit(url)
    key = os.environ.get("BENCH_KEY", "")
    paths = _paths(parts.path)
    tail = f" HTTP/1.1\r\nHost: {parts.netloc}\r\nLocally-API-Token: {key}\r\n\r\n"
    requests = itertools.cycle([f"GET {path}{tail}".encode() for path in paths])
    times: list[float] = []
    started = time.monotonic()
    calls = (
        _caller(parts.hostname or "", parts.port or 80, requests, started + seconds, times) for _ in range(callers)
    )
    await asyncio.gather(*calls)
    return times, time.monotonic() - started


def _paths(path: str) -> list[str]:
    file = os.environ.get("BENCH_PATHS")
    return Path(file).read_text().split() if file else [path]


def main() -> None:
    url, seconds, callers = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    times, taken = asyncio.run(_load(url, seconds, callers))
    times.sort()
    print(len(times), taken, statistics.median(times) * 1000, times[int(len(times) * 0.99)] * 1000)


if __name__ == "__main__":
    main()
