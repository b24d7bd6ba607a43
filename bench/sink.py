"""An endpoint that costs as little as can be: it answers 204 and remembers when each push arrived.

As a program of its own: `python -m bench.sink PORT_FILE REPORT` answers on a port that it writes to PORT_FILE, until
SIGTERM; then it writes to REPORT a line `webhook-id monotonic-seconds` for each arrival. A path `/slow/N` is answered
after N seconds, `/failing` with 503; `GET /count` says how many came. It shares the machine with what is measured, so
it is one bare epoll: with asyncio it took a sixth of all the time there was.
"""

from __future__ import annotations

import heapq
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

_OK = b"HTTP/1.1 204 No Content\r\n\r\n"
_REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
_COUNT = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
_ID = b"\r\nwebhook-id: "
_LENGTH = b"\r\nContent-Length: "
_AT_A_TIME = 256


class _Sink:
    def __init__(self) -> None:
        self.arrivals: list[tuple[bytes, float]] = []
        self._server = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._server.getsockname()[1]
        self._epoll = select.epoll()
        self._epoll.register(self._server.fileno(), select.EPOLLIN)
        self._connections: dict[int, socket.socket] = {}
        self._unread: dict[int, bytes] = {}
        self._later: list[tuple[float, int]] = []  # slow answers: when, and to whom

    def serve(self) -> NoReturn:
        while True:
            wait = max(0.0, self._later[0][0] - time.monotonic()) if self._later else None
            for fd, _ in self._epoll.poll(wait, _AT_A_TIME):
                if fd == self._server.fileno():
                    self._welcome()
                else:
                    self._read(fd)
            while self._later and self._later[0][0] <= time.monotonic():
                self._write(heapq.heappop(self._later)[1], _OK)

    def _welcome(self) -> None:
        connection, _ = self._server.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections[connection.fileno()] = connection
        self._epoll.register(connection.fileno(), select.EPOLLIN)

    def _read(self, fd: int) -> None:
        try:
            data = self._connections[fd].recv(65_536)
        except ConnectionError:
            data = b""
        if not data:
            self._unread.pop(fd, None)
            self._connections.pop(fd).close()
            return
        unread = self._unread.pop(fd, b"") + data
        while (end := unread.find(b"\r\n\r\n")) >= 0:
            head = unread[: end + 2]
            whole = end + 4 + int(_value(head, _LENGTH) or 0)
            if len(unread) < whole:
                break
            unread = unread[whole:]
            self._answer(fd, head)
        if unread:
            self._unread[fd] = unread

    def _answer(self, fd: int, head: bytes) -> None:
        path = head[: head.index(b"\r\n")].split(b" ")[1]
        if path == b"/count":
            count = b"%d" % len(self.arrivals)
            self._write(fd, _COUNT % (len(count), count))
            return
        self.arrivals.append((_value(head, _ID), time.monotonic()))
        if path.startswith(b"/slow/"):
            heapq.heappush(self._later, (time.monotonic() + float(path.split(b"/")[2]), fd))
        else:
            self._write(fd, _REFUSED if path.startswith(b"/failing") else _OK)

    def _write(self, fd: int, answer: bytes) -> None:
        if connection := self._connections.get(fd):
            with suppress(ConnectionError):
                connection.sendall(answer)


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


def arrived(address: str) -> int:
    """How many pushes have come so far; asked of the sink, for the database has enough to do."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{address}/count", timeout=10) as answer:
        return int(answer.read())


def _serve(port_file: Path, report: Path) -> None:
    it = _Sink()

    def stop(*_: object) -> NoReturn:
        report.write_text("".join(f"{uid.decode()} {at}\n" for uid, at in it.arrivals))
        sys.exit()

    signal.signal(signal.SIGTERM, stop)
    port_file.write_text(str(it.port))
    it.serve()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), Path(sys.argv[2]))
