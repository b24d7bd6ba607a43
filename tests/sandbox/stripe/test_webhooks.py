from __future__ import annotations

import json
import queue
import socket
import threading
import time
import urllib.error
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from tests.sandbox.stripe import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.stripe.conftest import Platform

_PATIENCE = 10


class Receiver(ThreadingHTTPServer):
    """A platform's webhook endpoint: keeps what it gets and answers as it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: queue.Queue[tuple[str, str]] = queue.Queue()
        self.answers: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/stripe/events"

    def next(self, secret: str) -> stripe.Event:
        """The next event, its signature verified by the SDK."""
        payload, signature = self.got.get(timeout=_PATIENCE)
        assert facts.broken(json.loads(payload)) == []
        return stripe.Webhook.construct_event(payload, signature, secret)

    def some(self, secret: str, number: int) -> list[stripe.Event]:
        return [self.next(secret) for _ in range(number)]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        payload = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.server.got.put((payload, self.headers["Stripe-Signature"]))
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing: a test's output is its own."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield receiver
    receiver.shutdown()
    thread.join()
    receiver.server_close()


def _listen(platform: Platform, receiver: Receiver, **more: Any) -> str:
    endpoint = platform.sdk.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["*"], "connect": True, **more}
    )
    assert endpoint.secret.startswith("whsec_")
    return str(endpoint.secret)


def test_it_tells_the_platform_what_happens_on_its_accounts(platform: Platform, receiver: Receiver) -> None:
    secret = _listen(platform, receiver)
    hold = platform.hold(metadata={"line": "7"})
    created, succeeded, capturable = receiver.some(secret, 3)
    assert (created.type, succeeded.type) == ("payment_intent.created", "charge.succeeded")
    assert (capturable.type, capturable.account) == ("payment_intent.amount_capturable_updated", platform.account)
    assert (capturable.data.object.id, capturable.data.object.metadata["line"]) == (hold.id, "7")
    assert capturable.request.id == hold.last_response.headers["Request-Id"]
    assert platform.sdk.v1.events.retrieve(capturable.id, options=platform.on).pending_webhooks == 1


def test_the_signature_is_of_this_moment_though_the_clock_was_moved(
    platform: Platform, receiver: Receiver, clock_of_double: Any
) -> None:
    from datetime import timedelta

    secret = _listen(platform, receiver)
    clock_of_double.move(timedelta(days=3))
    platform.hold()
    payload, signature = receiver.got.get(timeout=_PATIENCE)
    assert abs(int(signature.split(",")[0].removeprefix("t=")) - time.time()) < 5
    assert json.loads(payload)["created"] - time.time() > 2 * 24 * 3600
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(payload.replace("usd", "eur"), signature, secret)


def test_only_what_was_asked_for_is_told(platform: Platform, receiver: Receiver) -> None:
    secret = _listen(platform, receiver, enabled_events=["charge.captured"])
    own = platform.sdk.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["customer.created"]})
    platform.paid()
    assert receiver.next(secret).type == "charge.captured"
    # Two endpoints are told at once, in no order: the second event is made when the first has come.
    platform.sdk.v1.customers.create({})
    told = receiver.next(own.secret)
    assert (told.type, "account" in told) == ("customer.created", False)
    assert receiver.got.empty()


def test_a_failed_delivery_comes_again(platform: Platform, receiver: Receiver) -> None:
    secret = _listen(platform, receiver, enabled_events=["charge.captured"])
    receiver.answers = [500, 302]
    platform.paid()
    events = receiver.some(secret, 3)
    assert len({event.id for event in events}) == 1
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        (row,) = [each for each in platform.program.get("/_double/deliveries") if each["event"] == events[0].id]
        if row["status"] == "delivered":
            break
    assert (row["status"], row["attempts"], row["type"]) == ("delivered", 3, "charge.captured")


def test_events_are_held_and_released_in_any_order(platform: Platform, receiver: Receiver) -> None:
    secret = _listen(platform, receiver, enabled_events=["payment_intent.created", "charge.captured", "refund.created"])
    platform.program.post("/_double/webhooks", hold=True)
    intent = platform.paid()
    platform.sdk.v1.refunds.create({"payment_intent": intent.id}, platform.on)
    assert receiver.got.empty()
    sent = platform.program.post("/_double/webhooks/release", order="reversed", copies=2)["sent"]
    assert [each["status"] for each in sent] == ["delivered"] * 6
    told = [event.type for event in receiver.some(secret, 6)]
    assert told == [
        "refund.created",
        "charge.captured",
        "payment_intent.created",
        "refund.created",
        "charge.captured",
        "payment_intent.created",
    ]


def test_a_shuffle_can_be_had_again(platform: Platform, receiver: Receiver) -> None:
    secret = _listen(platform, receiver, enabled_events=["refund.created"])
    orders = []
    for _ in range(2):
        platform.program.post("/_double/webhooks", hold=True)
        intent = platform.paid()
        for amount in range(1, 7):
            platform.sdk.v1.refunds.create({"payment_intent": intent.id, "amount": amount}, platform.on)
        platform.program.post("/_double/webhooks/release", order="shuffled", seed=4)
        orders.append([event.data.object.amount for event in receiver.some(secret, 6)])
    assert orders[0] == orders[1] != sorted(orders[0])


def test_events_can_be_doubled_and_sent_again(platform: Platform, receiver: Receiver) -> None:
    secret = _listen(platform, receiver, enabled_events=["charge.captured"])
    platform.program.post("/_double/webhooks", copies=2)
    platform.paid()
    first, second = receiver.some(secret, 2)
    platform.program.post("/_double/webhooks/resend", event=first.id)
    assert first.id == second.id == receiver.next(secret).id
    with pytest.raises(urllib.error.HTTPError) as refused:
        platform.program.post("/_double/webhooks/resend", event="evt_none")
    with refused.value:
        assert refused.value.code == 400


def test_a_stuck_receiver_delays_no_other(platform: Platform, receiver: Receiver) -> None:
    stuck = socket.create_server(("127.0.0.1", 0))
    with stuck:
        url = f"http://127.0.0.1:{stuck.getsockname()[1]}/"
        platform.sdk.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"], "connect": True})
        secret = _listen(platform, receiver, enabled_events=["charge.captured"])
        platform.paid()
        assert receiver.next(secret).type == "charge.captured"


def test_events_can_be_late(platform: Platform, receiver: Receiver) -> None:
    secret = _listen(platform, receiver, enabled_events=["charge.captured"])
    platform.program.post("/_double/webhooks", delay_seconds=0.5)
    started = time.monotonic()
    platform.paid()
    receiver.next(secret)
    assert time.monotonic() - started >= 0.5


def test_the_sandbox_sets_an_endpoint_with_a_secret_of_its_own(platform: Platform, receiver: Receiver) -> None:
    for _ in range(2):
        platform.program.post("/_double/endpoints", url=receiver.url, key=platform.key, secret="whsec_fixed")
    platform.hold()
    assert next(event.type for event in receiver.some("whsec_fixed", 3)) == "payment_intent.created"
    assert receiver.got.empty()
    (endpoint,) = platform.sdk.v1.webhook_endpoints.list({}).data
    assert "secret" not in endpoint


def test_an_endpoint_is_changed_silenced_and_deleted(platform: Platform, receiver: Receiver) -> None:
    _listen(platform, receiver)
    endpoints = platform.sdk.v1.webhook_endpoints
    (endpoint,) = endpoints.list({}).data
    changed = endpoints.update(endpoint.id, {"disabled": True, "description": "Quiet"})
    assert (changed.status, changed.description) == ("disabled", "Quiet")
    platform.hold()
    assert endpoints.delete(endpoint.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError, match="Not a valid URL"):
        endpoints.create({"url": "somewhere", "enabled_events": ["*"]})
    assert endpoints.list({}).data == []
    assert receiver.got.empty()


@pytest.mark.parametrize(("to", "body"), [("", {"hold": 1}), ("", {"mood": True}), ("/release", {"order": "upwards"})])
def test_control_refuses_what_it_does_not_know(platform: Platform, to: str, body: dict[str, Any]) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        platform.program.post(f"/_double/webhooks{to}", **body)
    with refused.value:
        assert (refused.value.code, "error" in json.load(refused.value)) == (400, True)
