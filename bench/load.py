"""A load of one request, over kept connections, from a process of its own: `python -m bench.load URL SECONDS N`.

Prints the number of whole answers of status 200, the seconds they took, and the median and 99th percentile in ms.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from urllib.parse import urlsplit

_END_OF_HEAD = b"\r\n\r\n"


async def _caller(host: str, port: int, request: bytes, until: float, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection(host, port, limit=2**20)
    while (started := time.monotonic()) < until:
        writer.write(request)
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
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nLocally-API-Token: {key}\r\n\r\n".encode()
    times: list[float] = []
    started = time.monotonic()
    calls = (_caller(parts.hostname or "", parts.port or 80, request, started + seconds, times) for _ in range(callers))
    await asyncio.gather(*calls)
    return times, time.monotonic() - started


def main() -> None:
    url, seconds, callers = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    times, taken = asyncio.run(_load(url, seconds, callers))
    times.sort()
    print(len(times), taken, statistics.median(times) * 1000, times[int(len(times) * 0.99)] * 1000)


if __name__ == "__main__":
    main()
