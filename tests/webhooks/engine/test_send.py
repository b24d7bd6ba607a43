"""Answers that are none, and addresses that are never called: each has its word. Nothing of the database is needed."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import chain, repeat
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pycurl
import pytest

from pushcart.companies.endpoint_secrets import new_secret, seal_secret
from pushcart.webhooks.engine import send
from pushcart.webhooks.engine.prepare import pack
from pushcart.webhooks.engine.send import Answer, Sender
from pushcart.webhooks.engine.targets import Tls, target
from pushcart.webhooks.engine.transfers import Transfers

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCAL = frozenset({"http", "loopback", "any-port"})


def answer_of(url: str, allow: frozenset[str] = LOCAL) -> Answer:
    """What comes of one push."""

    async def push() -> Answer:
        sender = Sender(allow, connections=2)
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        to = target(endpoint_id=0, url=url, sealed_secrets=[seal_secret(new_secret())])
        parcel = pack(to, uid="evt_1", event_type="carts.ordered", body=b"{}")
        sender.send(parcel, lambda _, answer: answered.set_result(answer))
        try:
            return await answered
        finally:
            sender.close()

    return asyncio.run(push())


@contextmanager
def endpoint(*pieces: bytes, then: bytes = b"", every: float = 0.0) -> Iterator[str]:
    """Says these pieces to whoever connects, then one more again and again, for as long as it is listened to."""
    server, ended = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def talk() -> None:
        line = server.accept()[0]
        line.recv(100_000)
        with suppress(OSError):
            for piece in chain(pieces, repeat(then) if then else ()):
                line.sendall(piece)
                ended.wait(every)
        line.close()

    talking = threading.Thread(target=talk, daemon=True)
    talking.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/hook"
    ended.set()
    talking.join(10)
    server.close()


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("pieces", "then"),
    [
        ((HEAD,), b"X"),  # a header that never ends
        ((HEAD, b"Content-Length: 5000\r\n\r\n"), b"x"),  # a body, a byte at a time
        ((HEAD, b"Transfer-Encoding: chunked\r\n\r\n"), b"1\r\nx\r\n"),
        ((), b"HTTP/1.1 102 Processing\r\n\r\n"),  # "wait a moment", for ever
    ],
)
def test_an_answer_that_comes_by_drops_is_cut(
    pieces: tuple[bytes, ...], then: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is on the whole of it: a piece that comes in time does not move it."""
    monkeypatch.delitem(send._OPTIONS, pycurl.TIMEOUT)
    monkeypatch.setitem(send._OPTIONS, pycurl.TIMEOUT_MS, 200)
    with endpoint(*pieces, then=then, every=0.02) as url:
        assert answer_of(url).error == "timeout"


@pytest.mark.parametrize(
    ("pieces", "then", "word"),
    [
        ((HEAD,), b"X-A: " + b"y" * 1000 + b"\r\n", "too_large"),
        ((HEAD, b"X-A: "), b"y" * 10_000, "too_large"),
        ((), b"HTTP/1.1 100 Continue\r\n\r\n", "too_large"),
        ((b"SSH-2.0-OpenSSH_9.9\r\n",), b"", "not_http"),
        ((HEAD, b"Content-Length: -5\r\n\r\nab"), b"", "not_http"),
        ((HEAD, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), b"", "not_http"),
        ((HEAD, b"Content-Length: 100\r\n\r\nab"), b"", "closed"),
        ((), b"", "closed"),
        ((HEAD, b"Content-Length: 2000000\r\n\r\n"), b"x" * 10_000, ""),  # more than we read; it had said 200
        ((b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",), b"", "http_301"),
        ((b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",), b"", "http_410"),
    ],
)
def test_every_other_answer_has_its_word(pieces: tuple[bytes, ...], then: bytes, word: str) -> None:
    with endpoint(*pieces, then=then) as url:
        assert answer_of(url).error == word


# Private, link-local, metadata services, multicast, odd spellings, and the same carried in v6 (mapped, NAT64, 6to4,
# Teredo). They are refused before a packet is sent, so nothing need listen there.
NOT_PUBLIC = [
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.168.0.1", "224.0.0.1"),  # noqa: S104
    *("168.63.129.16", "192.0.0.192", "[::]", "[::1]", "[fe80::1]", "[fd00:ec2::254]", "[ff02::1]"),
    *("[::ffff:169.254.169.254]", "[::ffff:10.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::7f00:1]"),
    *("[64:ff9b:1::a00:1]", "[2002:a00:1::]", "[2001:0:a00:1::]", "0x7f.1", "017700000001", "2852039166"),
    *("127.1", "localhost", "LOCALHOST", "shop.localhost", "127.0.0.1.", "[::ffff:7f00:1]"),
]


@pytest.mark.parametrize("host", NOT_PUBLIC)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_it_calls_no_address_that_is_not_public(host: str, scheme: str) -> None:
    answer = answer_of(f"{scheme}://{host}/latest/meta-data", frozenset({"http"}))
    assert (answer.error, answer.status, answer.connect_us) == ("blocked_address", 0, 0)


@pytest.mark.parametrize(
    ("leads_to", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"), ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1")],
)
def test_a_name_that_leads_inside_is_stopped_where_it_is_connected_to(
    leads_to: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a name server would have it that answers the check with a public address and the call with another."""
    monkeypatch.setitem(send._OPTIONS, pycurl.RESOLVE, [f"orders.chain.example:443:{leads_to}"])
    assert answer_of("https://orders.chain.example/hook", frozenset()).error == "blocked_address", shown


@pytest.mark.parametrize(("answers", "word", "status"), [("127.0.0.1", "", 200), ("127.0.0.2", "blocked_address", 0)])
def test_what_counts_is_the_address_that_answered_though_another_was_refused(
    answers: str, word: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name with a private address beside the one that may be called: only that is, and its answer stands."""
    with endpoint(HEAD, b"Content-Length: 0\r\n\r\n") as url:
        port = url.split(":")[2].split("/")[0]
        monkeypatch.setitem(send._OPTIONS, pycurl.RESOLVE, [f"orders.chain.example:{port}:[fd00::1],{answers}"])
        answer = answer_of(f"http://orders.chain.example:{port}/hook")
        assert (answer.error, answer.status) == (word, status)
        if word:
            answer_of(url)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("77", 77),
        ("90000", 21_600),
        ("9" * 18, 21_600),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("soon", 0),
    ],
)
def test_retry_after_is_read_in_both_its_forms_and_never_longer_than_six_hours(said: str, kept: int) -> None:
    head = f"HTTP/1.1 503 Busy\r\nRetry-After: {said}\r\nContent-Length: 0\r\n\r\n"
    with endpoint(head.encode()) as url:
        assert answer_of(url).retry_after == kept


def test_retry_after_may_be_a_date() -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    with endpoint(f"HTTP/1.1 503 Busy\r\nRetry-After: {at}\r\nContent-Length: 0\r\n\r\n".encode()) as url:
        assert 590 <= answer_of(url).retry_after <= 600


def test_one_end_that_cannot_be_taken_harms_no_other() -> None:
    """libcurl tells of several ends at a time, and tells of each once."""

    async def end_both() -> list[int]:
        transfers, told = Transfers(2), list[int]()
        curls = [pycurl.Curl(), pycurl.Curl()]

        def fail(_code: int) -> None:
            raise RuntimeError("Nobody can take it.")

        transfers.start(curls[0], fail)
        transfers.start(curls[1], told.append)
        multi, transfers._multi = (
            transfers._multi,
            SimpleNamespace(info_read=lambda: (0, curls, []), remove_handle=transfers._multi.remove_handle),
        )
        transfers._conclude()
        transfers._multi = multi
        transfers.close()
        return told

    assert asyncio.run(end_both()) == [pycurl.E_OK]


def test_the_handles_of_a_certificate_go_with_the_last_endpoint_that_has_it() -> None:
    async def push() -> list[int]:
        sender = Sender(LOCAL, connections=2)
        counts = []
        for _ in range(2):
            answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            to = replace(
                target(endpoint_id=0, url="https://127.0.0.1:1/", sealed_secrets=[seal_secret(new_secret())]),
                tls=Tls(b"", b"", b""),
            )
            parcel = pack(to, uid="evt_1", event_type="carts.ordered", body=b"{}")
            sender.send(parcel, lambda _, answer, to=answered: to.set_result(answer))  # type: ignore[misc]  # it binds
            assert (await answered).error in {"connect", "tls"}
            counts.append(len(sender._idle))
            del to, parcel, answered
            gc.collect()
            counts.append(len(sender._idle))
        sender.close()
        return counts

    assert asyncio.run(push()) == [1, 0, 1, 0]


@pytest.mark.parametrize(
    "url", ["gopher://orders.example/", "file:///etc/passwd", "https://", "https://u:p@x.example/"]
)
def test_it_speaks_nothing_but_http_and_sends_no_password(url: str) -> None:
    assert answer_of(url).error == "blocked_address"
