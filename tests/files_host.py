"""A host of files on loopback: what it holds can be changed, taken down, and counted."""

from __future__ import annotations

import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FilesHost:
    """`files` are bodies by path; each has its version for an ETag. `status` is answered instead where it is set."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.credentials = ""
        self.status = 0
        self.asked: list[tuple[str, int]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(host) -> type[BaseHTTPRequestHandler]:  # noqa: N805 the handler has the other self
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = host._answer(self.path, dict(self.headers))
                host.asked.append((self.path, status))
                self.send_response(status)
                self.send_header("ETag", f'"{hash(host.files.get(self.path))}"')
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        return Handler

    def _answer(self, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        right = f"Basic {b64encode(self.credentials.encode()).decode()}"
        if self.status:
            return self.status, b"<html>trouble</html>"
        if self.credentials and headers.get("Authorization") != right:
            return 401, b""
        if headers.get("If-None-Match") == f'"{hash(self.files.get(path))}"':
            return 304, b""
        return (200, self.files[path]) if path in self.files else (404, b"")
