from __future__ import annotations

import io
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pushcart.kit.fetch import Fetched, FetchError, fetch

LOCAL = frozenset({"http", "loopback", "any-port"})
FILE = b"upc,qty\n601842495575,3\n"


class Shelf(BaseHTTPRequestHandler):
    """A host with a file; each path shows another way in which it may go wrong."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        answers = {
            "/feed.csv": self.file,
            "/closed.csv": self.closed,
            "/moved.csv": lambda: self.answer(301, b"", Location="https://elsewhere.example/feed.csv"),
            "/broken.csv": self.broken,
            "/down.csv": lambda: self.answer(503, b"<html>down</html>"),
        }
        answers[self.path]()

    def file(self) -> None:
        if self.headers.get("If-None-Match") == '"1"':
            self.answer(304, b"")
        else:
            self.answer(200, FILE, ETag='"1"', **{"Last-Modified": "Tue, 08 Jun 2027 15:00:00 GMT"})

    def closed(self) -> None:
        right = "Basic " + b64encode(b"till:s3cret").decode()
        self.answer(200 if self.headers.get("Authorization") == right else 401, FILE)

    def broken(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(FILE)
        self.close_connection = True

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def host():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def get(url, *, allow=LOCAL, most_bytes=1_000_000, **options):
    into = io.BytesIO()
    return fetch(url, into, allow=allow, most_bytes=most_bytes, seconds=5, **options), into.getvalue()


def test_it_fetches_a_file_with_what_tells_its_version(host):
    assert get(f"{host}/feed.csv") == (Fetched(True, '"1"', "Tue, 08 Jun 2027 15:00:00 GMT", len(FILE)), FILE)


def test_it_says_that_nothing_changed_and_writes_nothing(host):
    assert get(f"{host}/feed.csv", headers={"If-None-Match": '"1"'}) == (Fetched(modified=False), b"")


def test_it_gives_the_user_and_the_password(host):
    assert get(f"{host}/closed.csv", credentials="till:s3cret")[1] == FILE
    with pytest.raises(FetchError, match="It answers 401: the user or the password is not right"):
        get(f"{host}/closed.csv", credentials="till:guess")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/moved.csv", "It redirects to https://elsewhere.example/feed.csv: enter that address instead."),
        ("/broken.csv", "The connection broke before the end of the file."),
        ("/down.csv", "It answers 503."),
    ],
)
def test_it_says_why_no_file_came(host, path, sentence):
    with pytest.raises(FetchError) as error:
        get(host + path)
    assert str(error.value) == sentence


def test_it_cuts_off_what_is_too_large(host):
    with pytest.raises(FetchError, match="The file is larger than 0 MB"):
        get(f"{host}/feed.csv", most_bytes=10)


def test_it_connects_to_no_address_that_is_not_public(host):
    with pytest.raises(FetchError, match="must name a host on the public internet"):
        get(f"{host}/feed.csv", allow=frozenset({"http", "any-port"}))


def test_it_looks_at_the_very_address_that_is_connected_to(host, monkeypatch):
    # As with a name that led elsewhere when it was checked.
    monkeypatch.setattr("pushcart.kit.fetch.check_target", lambda _url, _allow: None)
    with pytest.raises(FetchError) as error:
        get(f"{host}/feed.csv", allow=frozenset({"http", "any-port"}))
    assert str(error.value) == "It leads to 127.0.0.1, which is not on the public internet."


def test_it_says_that_nobody_is_there():
    with pytest.raises(FetchError, match="It takes no connection"):
        get("http://127.0.0.1:9/feed.csv")
