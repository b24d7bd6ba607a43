"""An endpoint that costs as little as can be: it answers 204 and remembers when each push arrived.

As a program of its own: `python -m bench.sink PORT REPORT` answers on PORT until SIGTERM, then writes to REPORT a line
`webhook-id monotonic-seconds` for each arrival. A path `/slow/N` is answered after N seconds, `/failing` with 503.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OK = b"HTTP/1.1 204 No Content\r\n\r\n"
_REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
_ID = b"\r\nwebhook-id: "
_LENGTH = b"\r\nContent-Length: "


class _Answering(asyncio.Protocol):
    def __init__(self, arrivals: list[tuple[bytes, float]]) -> None:
        self._arrivals = arrivals
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (end := self._unread.find(b"\r\n\r\n")) >= 0:
            head = self._unread[: end + 2]
            whole = end + 4 + int(_value(head, _LENGTH) or 0)
            if len(self._unread) < whole:
                return
            self._arrivals.append((_value(head, _ID), time.monotonic()))
            self._unread = self._unread[whole:]
            self._answer(head.split(b" ", 2)[1])

    def _answer(self, path: bytes) -> None:
        if path.startswith(b"/slow/"):
            asyncio.get_running_loop().call_later(float(path.split(b"/")[2]), self._transport.write, _OK)
        else:
            self._transport.write(_REFUSED if path.startswith(b"/failing") else _OK)


def _value(head: bytes, name: bytes) -> bytes:
    start = head.find(name)
    return head[start + len(name) : head.index(b"\r\n", start + 2)] if start >= 0 else b""


@contextmanager
def sink(report: Path) -> Iterator[str]:
    """Its address; when it is left, `report` can be read by `arrivals`."""
    port_file = report.with_suffix(".port")
    process = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port_file), str(report)])
    try:
        while not port_file.exists() or not port_file.read_text():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port_file.read_text()}"
    finally:
        process.terminate()
        process.wait()


def arrivals(report: Path) -> list[tuple[str, float]]:
    """(webhook-id, monotonic seconds) of every push, in the order of arrival."""
    lines = (line.split() for line in report.read_text().splitlines())
    return [(uid, float(at)) for uid, at in lines]


async def _serve(port_file: Path, report: Path) -> None:
    came: list[tuple[bytes, float]] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Answering(came), "127.0.0.1", 0, backlog=1024)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    port_file.write_text(str(server.sockets[0].getsockname()[1]))  # noqa: ASYNC240 before it serves
    await stop.wait()
    report.write_text("".join(f"{uid.decode()} {at}\n" for uid, at in came))  # noqa: ASYNC240 when it serves no more


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), Path(sys.argv[2])))
