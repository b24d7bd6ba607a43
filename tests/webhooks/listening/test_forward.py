"""Events forwarded to a developer's machine, over real HTTP at both ends."""

from __future__ import annotations

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import standardwebhooks
import typer
from django.db import transaction
from typer.testing import CliRunner

from pushcart.cli.listen import listen
from pushcart.events.record import record
from pushcart.webhooks.by_hand import Receiver
from pushcart.webhooks.listening import forward as forwarding
from pushcart.webhooks.listening.feed import Feed, FeedRefusedError
from pushcart.webhooks.listening.forward import forward
from tests import network
from tests.webhooks.conftest import SECRET
from tests.webhooks.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pushcart.companies.models import Endpoint
    from pushcart.stores.models import Store

OWN = "whsec_" + "QUFB" * 10 + "QUE="


class EnoughError(Exception):
    """The test has seen what it waited for."""


def heard(pushcart: str, key: str, desk: Sink, *, count: int, types: str = "", since: str = "0") -> list[str]:
    """Listens until `count` events were forwarded; what was said meanwhile."""
    news: list[str] = []

    def on_sent(*_: Any) -> None:
        if len(desk.pushes) == count:
            raise EnoughError

    async def run() -> None:
        async with Feed(pushcart, key) as feed:
            await asyncio.wait_for(
                forward(
                    feed,
                    Receiver(desk.url, OWN),
                    frozenset(filter(None, types.split(","))),
                    since=since,
                    on_sent=on_sent,
                    on_news=news.append,
                ),
                20,
            )

    with pytest.raises(EnoughError):
        asyncio.run(run())
    return news


@pytest.fixture
def desk() -> Iterator[Sink]:
    it = Sink()
    yield it
    it.close()


def _own(headers: dict[str, str]) -> dict[str, str]:
    signed = {"webhook-signature", "webhook-timestamp", "locally-webhook-token", "host"}
    return {name: value for name, value in headers.items() if name not in signed}


@pytest.mark.usefixtures("still")
def test_it_forwards_what_the_webhook_sends_byte_for_byte(
    store: Store, endpoint: Endpoint, sink: Sink, desk: Sink, push: Callable[[], int], web: str
) -> None:
    endpoint.event_types = []
    cart = network.cart(store, first_name="Zoë", lines=[(network.GRILL, 1), (network.TOWEL, 2)])
    push()
    network.cart(store, status="auto_rejected")
    network.cart(store, status="refunded")
    push()
    with transaction.atomic():
        record("stores.something", companies=[store.company_id], data={"reasons": ["ä"], "rate": 1.5})
    key = network.key(store.company)[1]
    heard(web, key, desk, count=len(sink.pushes))
    assert len(desk.pushes) == len(sink.pushes) > 6
    by_id = {push.headers["webhook-id"]: push for push in sink.pushes}
    for push_here in desk.pushes:
        there = by_id[push_here.headers["webhook-id"]]
        assert push_here.body == there.body
        assert push_here.verb == there.verb
        standardwebhooks.Webhook(OWN).verify(push_here.body, push_here.headers)
        assert push_here.headers["locally-webhook-token"] == OWN
    # An order that still waits has its deadline; of one decided since, the webhook's first try had it too.
    first = next(push for push in desk.pushes if push.headers["pushcart-cart"] == cart.hash)
    assert _own(first.headers) == _own(by_id[first.headers["webhook-id"]].headers)
    assert "PUT" in {push.verb for push in desk.pushes}

    # Others by name, as an endpoint may ask for them; from here on, where nothing else is said.
    desk.pushes.clear()
    heard(web, key, desk, count=1, types="stores.something")
    assert desk.pushes[0].json["data"] == {"reasons": ["ä"], "rate": 1.5}
    assert "pushcart-sequence" not in desk.pushes[0].headers
    with pytest.raises(FeedRefusedError, match="unknown or revoked"):
        asyncio.run(_first_page(web, "0" * 40))


async def _first_page(url: str, key: str) -> None:
    async with Feed(url, key) as feed:
        await feed.after("0")


class Scripted:
    """Plays a PushCart that goes away: each answer in turn, and what was asked."""

    def __init__(self, answers: list[tuple[int, bytes]]) -> None:
        self.asked: list[str] = []
        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                script.asked.append(self.path)
                status, body = answers.pop(0) if answers else (200, page([], "9"))
                if not status:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def page(numbers: list[int], following: str) -> bytes:
    events = [
        {
            "id": f"evt_{number}",
            "type": "carts.ordered",
            "number": number,
            "created_at": "2026-11-24T18:00:00.000000Z",
            "cart_hash": "AB",
            "sequence": number,
            "data": {"upcs": []},
            "cart": {"hash": "AB", "grand_total": 1, "respond_by": None},
        }
        for number in numbers
    ]
    return json.dumps({"version": 2, "status": True, "events": events, "next": following}).encode()


def test_it_goes_on_where_it_was_when_the_server_comes_back(desk: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "POLL_SECONDS", 0.01)
    pushcart = Scripted([(200, page([], "4")), (200, page([5], "5")), (0, b""), (503, b""), (200, page([6, 7], "7"))])
    try:
        news = heard(pushcart.url, "key", desk, count=3, since="latest")
    finally:
        pushcart.close()
    assert [push.sequence for push in desk.pushes] == [5, 6, 7]
    asked = [path.partition("after=")[2].partition("&")[0] for path in pushcart.asked]
    assert asked == ["latest", "4", "5", "5", "5"]
    assert len(news) == 2
    assert news[0].startswith(f"{pushcart.url} does not answer (")
    assert news[1] == "PushCart answers again"


def test_it_sends_each_once_whatever_is_answered(desk: Sink) -> None:
    desk.answer = lambda _push: 500
    pushcart = Scripted([(200, page([1, 2], "2"))])
    try:
        heard(pushcart.url, "key", desk, count=2)
    finally:
        pushcart.close()
    assert [push.sequence for push in desk.pushes] == [1, 2]


# The command


def run(*words: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(listen)
    result = CliRunner().invoke(app, words)
    return result.exit_code, result.output


def test_it_says_what_it_can_not_do(desk: Sink) -> None:
    pushcart = Scripted([(401, b'{"message": "No such key."}'), (200, b"<html>")])
    try:
        words = ("--forward-to", desk.url, "--key", "k", "--pushcart", pushcart.url, "--secret", SECRET)
        code, text = run(*words)
        assert (code, f"Signed with {SECRET}\n" in text, "pushcart: No such key.\n" in text) == (2, True, True)
        assert "That is no PushCart: it answered 200, and not in JSON." in run(*words)[1]
        assert run(*words, "--since", "yesterday") == (2, "pushcart: --since is a number of the feed, or `latest`.\n")
        assert run(*words, "--forward-to", "ftp://x")[0] == 2
    finally:
        pushcart.close()
    assert desk.pushes == []
