"""The doctor over real HTTP: one endpoint that is right, and each way of being wrong."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import httpx
import pycurl
import pytest
import standardwebhooks
import typer
from typer.testing import CliRunner

from pushcart.cli.doctor import doctor
from pushcart.webhooks.by_hand import LOCAL, Receiver
from pushcart.webhooks.doctor import connecting
from pushcart.webhooks.doctor.examine import examine
from pushcart.webhooks.engine import send
from tests.webhooks.conftest import SECRET
from tests.webhooks.sink import Push, Reply, Sink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pushcart.webhooks.doctor.findings import Finding

ALL = [
    *("TLS", "endpoint.check", "valid push", "redirect", "no signature", "bad signature", "tampered body"),
    *("old timestamp", "future timestamp", "duplicate", "out of order", "replay", "auto-reject by PUT"),
    *("oversized body", "slow client"),
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow push takes 0.6 s instead of 3, and an endpoint that hangs is waited for one second instead of 15."""
    monkeypatch.setattr(connecting, "SLOW_SECONDS", 0.6)
    monkeypatch.setattr(connecting, "_ANSWER_SECONDS", 1.0)
    monkeypatch.setitem(send._OPTIONS, pycurl.TIMEOUT, 1)


def look(url: str) -> dict[str, Finding]:
    async def all_of_it() -> list[Finding]:
        return [finding async for finding in examine(Receiver(url, SECRET), LOCAL)]

    return {finding.probe: finding for finding in asyncio.run(all_of_it())}


def bad(found: dict[str, Finding]) -> list[str]:
    return [name for name, finding in found.items() if finding.verdict == "bad"]


def right(push: Push) -> int:
    """Checks the signature, and how large the body is."""
    if len(push.body) > 1_000_000:
        return 413
    try:
        standardwebhooks.Webhook(SECRET).verify(push.body, push.headers)
    except standardwebhooks.WebhookVerificationError:
        return 401
    return 200


def ignoring_time(push: Push) -> int:
    now = str(int(time.time()))
    uid, at = push.headers.get("webhook-id", ""), push.headers.get("webhook-timestamp", now)
    signed = standardwebhooks.Webhook(SECRET)
    content = f"{uid}.{at}.".encode() + push.body
    expected = base64.b64encode(hmac.digest(signed._whsecret, content, hashlib.sha256)).decode()
    return 200 if push.headers.get("webhook-signature") == f"v1,{expected}" and len(push.body) < 1_000_000 else 401


def test_it_finds_nothing_wrong_with_a_right_endpoint(sink: Sink) -> None:
    sink.answer = right
    found = look(sink.url)
    assert list(found) == ALL
    assert bad(found) == []
    # Plain http on the developer's own machine.
    assert [name for name, finding in found.items() if finding.verdict == "warning"] == ["TLS"]
    assert {push.json["test"] for push in sink.pushes if b"padding" not in push.body and "hash" in push.json} == {1}


@pytest.fixture
def order_system(tmp_path: Path) -> Iterator[str]:
    """The sandbox's sample, as a program of its own; where it would decide, nobody listens."""
    settings = {
        "keys": {"hardware": "0" * 40, "hardware_test": "test_" + "0" * 40},
        "webhook_secrets": {"live": "whsec_" + "A" * 43 + "=", "test": SECRET},
        "urls": {"web": "http://127.0.0.1:1"},
    }
    (tmp_path / "network.json").write_text(json.dumps(settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    words = ["-m", "pushcart.sandbox.order_system", "--port", str(port), "--state", str(tmp_path / "books")]
    process = subprocess.Popen([sys.executable, *words], env=told)
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 20
    while True:
        try:
            httpx.get(f"{url}/log", trust_env=False)
            break
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
    yield url
    process.terminate()
    process.wait(10)


def test_it_passes_the_sandboxs_order_system_which_kept_each_order_once(order_system: str) -> None:
    found = look(f"{order_system}/webhooks/pushcart")
    assert list(found) == ALL
    assert [name for name, finding in found.items() if finding.verdict != "good"] == ["TLS"]
    orders = {order["hash"]: order for order in httpx.get(f"{order_system}/orders", trust_env=False).json()}
    told = found["out of order"].did
    [moved] = [order for key, order in orders.items() if key in told]
    assert (moved["status"], moved["sequence"]) == ("confirmed", 3)
    log = httpx.get(f"{order_system}/log", trust_env=False).json()
    [twice] = [key for key in orders if key in found["duplicate"].did]
    assert len([line for line in log if line["hash"] == twice and line["text"].startswith("carts.ordered")]) == 1


def test_it_finds_that_signatures_are_not_checked(sink: Sink) -> None:
    found = look(sink.url)
    assert bad(found) == ["no signature", "bad signature", "tampered body", "old timestamp", "future timestamp"]
    assert found["oversized body"].verdict == "warning"
    assert found["bad signature"].did == "believed it: answered 200"


def test_it_finds_that_timestamps_are_not_checked(sink: Sink) -> None:
    sink.answer = ignoring_time
    assert bad(look(sink.url)) == ["old timestamp", "future timestamp"]


def test_it_finds_that_what_comes_twice_breaks_it(sink: Sink) -> None:
    seen: set[str] = set()

    def breaks_on_duplicates(push: Push) -> int:
        status, uid = right(push), push.headers.get("webhook-id", "")
        again = uid in seen
        seen.add(uid)
        return 500 if status == 200 and again else status

    sink.answer = breaks_on_duplicates
    found = look(sink.url)
    assert bad(found) == ["duplicate", "replay"]
    assert found["duplicate"].did == "answered 200, then answered 500"


def test_it_finds_that_put_is_not_taken(sink: Sink) -> None:
    sink.answer = lambda push: 405 if push.verb == "PUT" else right(push)
    assert bad(look(sink.url)) == ["auto-reject by PUT"]


def test_it_finds_that_older_news_is_refused(sink: Sink) -> None:
    newest: dict[str, int] = {}

    def refuses_older(push: Push) -> int:
        status, known = right(push), newest.get(push.headers.get("pushcart-cart", ""), 0)
        if status == 200 and "pushcart-cart" in push.headers:
            if push.sequence < known:
                return 409
            newest[push.headers["pushcart-cart"]] = push.sequence
        return status

    sink.answer = refuses_older
    assert bad(look(sink.url)) == ["out of order", "replay"]


def test_it_warns_where_a_forged_push_breaks_the_endpoint(sink: Sink) -> None:
    sink.answer = lambda push: 500 if right(push) == 401 else right(push)
    found = look(sink.url)
    assert bad(found) == []
    assert found["bad signature"].verdict == "warning"


def test_it_ends_early_where_the_endpoint_redirects(sink: Sink) -> None:
    sink.answer = lambda _push: Reply(302, {"Location": sink.url})
    found = look(sink.url)
    assert list(found) == ["TLS", "endpoint.check", "valid push", "redirect"]
    assert found["redirect"].did == "redirected with 302"
    assert len(sink.pushes) == 3


def test_it_ends_early_where_the_endpoint_hangs(sink: Sink) -> None:
    wait = threading.Event()
    sink.answer = lambda _push: 200 + 3 * wait.wait(10)
    found = look(sink.url)
    wait.set()
    assert bad(found) == ["endpoint.check", "valid push"]
    assert found["valid push"].did == "gave no answer in time"


def test_it_finds_that_one_slow_push_holds_up_all_others() -> None:
    class OneAtATime(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(right(Push(self.command, self.path, headers, body)))
            self.end_headers()

        do_PUT = do_POST  # noqa: N815 the library's name

        def log_message(self, *args: object) -> None:
            """Quiet."""

    class Quiet(HTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """The doctor hangs up."""

    server = Quiet(("127.0.0.1", 0), OneAtATime)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    found = look(f"http://127.0.0.1:{server.server_port}/")
    server.shutdown()
    server.server_close()
    thread.join()
    assert bad(found) == ["slow client"]
    assert found["slow client"].did == "left another push waiting until this one was through"


# The command


def run(*words: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(doctor)
    result = CliRunner().invoke(app, words, env={"COLUMNS": "160", "PUSHCART_WEBHOOK_SECRET": ""})
    return result.exit_code, result.output


def test_its_exit_status_says_how_it_went(sink: Sink) -> None:
    assert run(sink.url, "--secret", SECRET, "--local")[0] == 1
    sink.answer = right
    code, text = run(sink.url, "--secret", SECRET, "--local")
    assert code == 0
    assert f"{sink.url}: 15 probes, 0 bad, 1 to look at." in text
    sink.close()
    assert run("http://127.0.0.1:1/", "--secret", SECRET, "--local")[0] == 2


def test_it_gives_its_findings_as_json(sink: Sink) -> None:
    sink.answer = right
    code, text = run(sink.url, "--secret", SECRET, "--local", "--json")
    report = json.loads(text)
    assert (code, report["passed"], report["url"]) == (0, True, sink.url)
    assert [finding["probe"] for finding in report["findings"]] == ALL


def test_it_calls_a_machine_of_ones_own_only_when_told(sink: Sink) -> None:
    code, text = run(sink.url, "--secret", SECRET)
    assert code == 2
    assert "Your own machine is called with --local." in text
    assert sink.pushes == []


@pytest.mark.parametrize("words", [(), ("--secret", "whsec_short"), ("--secret", "not base64!")])
def test_it_asks_for_a_secret(sink: Sink, words: tuple[str, ...]) -> None:
    code, text = run(sink.url, "--local", *words)
    assert code == 2
    assert "whsec_" in text
    assert sink.pushes == []
