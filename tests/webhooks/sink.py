"""A retailer's endpoint for tests: a real HTTP server on loopback that keeps what it got and answers as it is told."""

from __future__ import annotations

import json
import ssl
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Push:
    """One request as it arrived; header names in lower case."""

    verb: str
    path: str
    headers: dict[str, str]
    body: bytes
    client: str = ""  # whose certificate the client showed

    @property
    def type(self) -> str:
        return self.headers["pushcart-event"]

    @property
    def sequence(self) -> int:
        return int(self.headers["pushcart-sequence"])

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"


class Sink:
    """`answer` decides on each push; by default 200. With a TLS context it is served by https."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pushes: list[Push] = []
        self.answer: Callable[[Push], Reply | int] = lambda _push: 200
        self._scheme = "https" if tls else "http"
        self._server = _Server(("127.0.0.1", 0), self)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/webhooks/pushcart"

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def connections(self) -> int:
        return self._server.accepted

    @property
    def types(self) -> list[str]:
        return [push.type for push in self.pushes]

    def count(self) -> Counter[str]:
        return Counter(push.headers["webhook-id"] for push in self.pushes)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], sink: Sink) -> None:
        self.sink = sink
        self.accepted = 0
        super().__init__(address, _Handler)

    def verify_request(self, *_: Any) -> bool:
        self.accepted += 1
        return True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A pusher that hangs up is none of the sink's errors."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        push = Push(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        if isinstance(self.connection, ssl.SSLSocket) and (shown := self.connection.getpeercert()):
            push.client = dict(part[0] for part in shown["subject"])["commonName"]
        self.server.sink.pushes.append(push)
        reply = self.server.sink.answer(push)
        reply = reply if isinstance(reply, Reply) else Reply(reply)
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    do_POST = do_PUT = do_GET = _take  # noqa: N815 the library's names

    def log_message(self, *args: Any) -> None:
        """Quiet."""
