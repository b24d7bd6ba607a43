"""What counts as delivered, what does not, and what follows."""

from __future__ import annotations

import asyncio
import socket
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pycurl
import pytest
from django.db import connection
from django.test import override_settings

from pushcart.companies.actions.change_endpoint import change_endpoint
from pushcart.companies.models import Endpoint
from pushcart.events.models import Event
from pushcart.kit.addresses import TargetRefusedError
from pushcart.webhooks.engine import endpoints, send
from pushcart.webhooks.engine.pusher import Pusher
from pushcart.webhooks.models import Attempt, Delivery, GivenUp, Health
from tests import network
from tests.webhooks.sink import Reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pushcart.stores.models import Store
    from tests.webhooks.sink import Push, Sink

pytestmark = pytest.mark.usefixtures("still")


def errors() -> list[str]:
    return list(Attempt.objects.order_by("id").values_list("error", flat=True))


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_2xx_is_delivered(status: int, store: Store, sink: Sink, push: Callable[[], int]) -> None:
    sink.answer = lambda _pushed: Reply(status, body=b"" if status == 204 else b"ok")
    network.cart(store)
    push()
    assert Delivery.objects.get().state == "delivered"


@pytest.mark.parametrize("status", [302, 308, 400, 404, 429, 500, 503])
def test_anything_else_is_tried_again_in_five_seconds(
    status: int, store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    """A redirect is a failure and is not followed; a 429 is tried again like all others."""
    sink.answer = lambda _pushed: Reply(status, {"Location": f"{sink.url}/elsewhere"})
    network.cart(store)
    push()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert delivery.due_at == clock.now() + timedelta(seconds=5)
    assert errors() == [f"http_{status}"]
    assert [pushed.path for pushed in sink.pushes] == ["/webhooks/pushcart"]
    assert delivery.claimed_by is delivery.lease_until is None


def test_it_honours_retry_after(store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType) -> None:
    sink.answer = lambda _pushed: Reply(429, {"Retry-After": "77"})
    network.cart(store)
    push()
    assert Delivery.objects.get().due_at == clock.now() + timedelta(seconds=77)


def test_with_nothing_owed_it_honours_retry_after_for_six_hours(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda _pushed: Reply(429, {"Retry-After": "999999"})
    network.cart(store, respond_by=None)
    push()
    assert Delivery.objects.get().due_at == clock.now() + timedelta(hours=6)


@pytest.mark.parametrize("seen", [True, False])
def test_what_was_refused_before_the_clock_was_set_back_is_tried_again_at_once(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType, *, seen: bool
) -> None:
    """Also by a pusher that did not see it: it was first tried in the future."""
    sink.answer = lambda _pushed: 500
    network.cart(store)
    push()
    clock.move(timedelta(hours=-2))
    sink.answer = lambda _pushed: 200

    async def watched() -> None:
        async with Pusher.open() as pusher:
            clock.move(timedelta(hours=2))
            await pusher._clock.look()
            clock.move(timedelta(hours=-2))
            await pusher.turn()

    asyncio.run(watched()) if seen else push()
    assert Delivery.objects.get().state == "delivered"


def test_it_clamps_retry_after_to_the_last_try(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda _pushed: Reply(503, {"Retry-After": "86400"})
    cart = network.cart(store)
    push()
    assert cart.respond_by is not None
    assert Delivery.objects.get().due_at == cart.respond_by - timedelta(seconds=60)


def test_its_schedule_slackens_when_the_cart_was_decided_otherwise(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda _pushed: 500
    cart = network.cart(store)
    push()
    started = clock.now()
    clock.move(timedelta(minutes=45))
    push()
    owed = Delivery.objects.get()
    assert timedelta(minutes=60) <= owed.due_at - started <= timedelta(minutes=61, seconds=30)
    type(cart).objects.filter(pk=cart.pk).update(respond_by=None)
    clock.move(timedelta(minutes=20))
    push()
    slack = Delivery.objects.get()
    assert timedelta(seconds=5 * 2**10) <= slack.due_at - started  # 85 minutes
    assert slack.attempts == 3


def test_a_moved_clock_makes_retries_due_at_once(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda _pushed: 500
    network.cart(store)
    assert push() == 1
    assert push() == 0
    clock.move(timedelta(minutes=30))
    assert push() == 1


def test_it_keeps_the_first_20_kb_of_an_answer(store: Store, sink: Sink, push: Callable[[], int]) -> None:
    sink.answer = lambda _pushed: Reply(500, body=b"x" * 30_000)
    network.cart(store)
    push()
    assert Attempt.objects.get().answer == "x" * 20_000


def test_it_keeps_an_answer_that_is_no_text(store: Store, sink: Sink, push: Callable[[], int]) -> None:
    sink.answer = lambda _pushed: Reply(500, body=b"\xff\x00broken")
    network.cart(store)
    push()
    assert Attempt.objects.get().answer == "\ufffd\ufffdbroken"


def test_it_hangs_up_on_an_endless_answer_and_takes_its_status(
    store: Store, sink: Sink, push: Callable[[], int]
) -> None:
    sink.answer = lambda _pushed: Reply(200, body=b"x" * 2_000_000)
    network.cart(store)
    push()
    assert Delivery.objects.get().state == "delivered"


def test_a_slow_answer_is_cut(
    store: Store, sink: Sink, push: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send.TOTAL_SECONDS == 15
    assert send.CONNECT_SECONDS == 5
    monkeypatch.delitem(send._OPTIONS, pycurl.TIMEOUT)
    monkeypatch.setitem(send._OPTIONS, pycurl.TIMEOUT_MS, 200)
    released = threading.Event()

    def slow(_pushed: object) -> int:
        released.wait(10)
        return 200

    sink.answer = slow
    network.cart(store)
    push()
    released.set()
    assert errors() == ["timeout"]
    assert Delivery.objects.get().state == "waiting"


def hang_up_on(server: socket.socket) -> None:
    server.accept()[0].close()


def test_it_names_what_went_wrong_below_http(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    hangs_up = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=hang_up_on, args=(hangs_up,), daemon=True).start()
    network.cart(store)
    for url in (
        "http://127.0.0.1:1/nobody",
        "http://no-such-host.invalid/hook",
        sink.url.replace("http://", "https://"),
        f"http://127.0.0.1:{hangs_up.getsockname()[1]}/hook",
    ):
        endpoint.url = url
        endpoint.save()
        push()
        clock.move(timedelta(minutes=16))
    hangs_up.close()
    assert errors() == ["connect", "dns", "tls", "closed"]


def test_410_stops_the_endpoint_and_tells_its_owner(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda _pushed: 410
    network.cart(store)
    push()
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.state_reason) == ("stopped", "It answered 410 Gone.")
    told = Event.objects.get(type="companies.endpoint_stopped")
    assert told.company_id == store.company_id
    assert told.data == {
        "endpoint_id": endpoint.pk,
        "url": endpoint.url,
        "was": "working",
        "reason": "It answered 410 Gone.",
    }
    network.cart(store)
    clock.move(timedelta(hours=1))
    push()
    assert len(sink.pushes) == 1
    assert Delivery.objects.filter(state="waiting").count() == 2


def test_410_from_the_old_url_does_not_stop_the_new_one(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    """The URL changes while a push to the old one is on its way."""

    def move(pushed: Push) -> int:
        if pushed.path.endswith("/new"):
            return 200
        change_endpoint(endpoint.pk, url=f"{sink.url}/new")
        connection.close()
        return 410

    sink.answer = move
    network.cart(store)
    push()
    push()
    endpoint.refresh_from_db()
    assert endpoint.state == "working"
    assert [(pushed.path.rpartition("/")[2], pushed.type) for pushed in sink.pushes] == [
        ("pushcart", "carts.ordered"),
        ("new", "endpoint.check"),
        ("new", "carts.ordered"),
    ]
    assert not Event.objects.filter(type="companies.endpoint_stopped").exists()


def test_what_cannot_be_sent_is_recorded_counts_against_nobody_and_harms_no_other(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    """A URL that libcurl can't be given stands in the row: by an import, say. Since they are set, none comes in."""
    other = network.endpoint(store.company, url=f"{sink.url}/other")
    Endpoint.objects.filter(pk=endpoint.pk).update(url="https://bücher.example/")
    network.cart(store)
    push()
    attempt = Attempt.objects.get(endpoint=endpoint)
    assert (attempt.error, attempt.status, attempt.url, attempt.verb) == ("not_prepared", 0, "", "POST")
    assert attempt.answer == "UnicodeEncodeError"
    assert attempt.event_uid == Event.objects.get(type="carts.ordered", company_id=store.company_id).uid
    delivery = Delivery.objects.get(endpoint=endpoint)
    assert (delivery.state, delivery.attempts, delivery.due_at) == ("waiting", 1, clock.now() + timedelta(seconds=5))
    health = Health.objects.get(endpoint=endpoint)
    assert (health.failures, health.failing_since) == (0, None)
    assert Delivery.objects.get(endpoint=other).state == "delivered"
    change_endpoint(endpoint.pk, url=sink.url)
    push()
    assert Delivery.objects.get(endpoint=endpoint).state == "delivered"


def give_up(store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType) -> Delivery:
    """An order's push, refused for five days while others are taken."""
    sink.answer = lambda pushed: 500 if pushed.type == "carts.ordered" else 200
    cart = network.cart(store)
    push()
    type(cart).objects.filter(pk=cart.pk).update(respond_by=None)
    clock.move(timedelta(days=5, seconds=1))
    push()
    return Delivery.objects.get(event__type="carts.ordered")


def test_what_is_given_up_is_told_once(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    delivery = give_up(store, sink, push, clock)
    assert delivery.state == "given_up"
    push()
    told = Event.objects.get(type="webhooks.given_up")
    assert told.data == {"endpoint_id": endpoint.pk, "event": delivery.event.uid, "type": "carts.ordered"}
    assert not GivenUp.objects.exists()


def test_what_was_given_up_is_told_though_its_pusher_died_between(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(endpoints, "tell_given_up", die)
        with pytest.raises(KeyboardInterrupt):
            give_up(store, sink, push, clock)
    assert list(GivenUp.objects.values_list("pk", flat=True)) == [Delivery.objects.get(state="given_up").pk]
    push()
    push()
    assert Event.objects.filter(type="webhooks.given_up").count() == 1
    assert not GivenUp.objects.exists()


PRIVATE_TARGETS = ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::ffff:127.0.0.1]:{port}/"]


@pytest.mark.parametrize("target", [*PRIVATE_TARGETS, "http://0:{port}/", "http://2130706433:{port}/"])
def test_it_connects_to_no_private_address_outside_the_sandbox(
    target: str, store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    """`http` and `any-port` alone: names and odd spellings are stopped at the address that would be connected to."""
    endpoint.url = target.format(port=sink.port)
    endpoint.save()
    network.cart(store)
    with override_settings(WEBHOOK_ALLOW=frozenset({"http", "any-port"})):
        push()
    assert errors() == ["blocked_address"]
    assert sink.pushes == []
    assert sink.connections == 0


def test_a_name_that_leads_to_a_private_address_is_stopped_when_it_is_connected_to(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a name server would have it that answers anything: to a check a public address, to the call ours."""
    monkeypatch.setitem(send._OPTIONS, pycurl.RESOLVE, [f"orders.chain.example:{sink.port}:127.0.0.1"])
    endpoint.url = f"http://orders.chain.example:{sink.port}/hook"
    endpoint.save()
    network.cart(store)
    with override_settings(WEBHOOK_ALLOW=frozenset({"http", "any-port"})):
        push()
    assert errors() == ["blocked_address"]
    assert sink.connections == 0


@pytest.mark.parametrize("url", ["http://orders.example/hook", "https://orders.example:8443/hook"])
def test_it_calls_no_plain_http_and_no_other_port_unless_the_operator_allows_it(
    url: str, store: Store, endpoint: Endpoint, push: Callable[[], int]
) -> None:
    endpoint.url = url
    endpoint.save()
    network.cart(store)
    with override_settings(WEBHOOK_ALLOW=frozenset()):
        push()
    attempt = Attempt.objects.get()
    assert (attempt.error, attempt.address) == ("blocked_address", "")
    with pytest.raises(TargetRefusedError, match=attempt.answer.split(":")[0]):
        send.check_target(url, frozenset())


def test_a_proxy_of_the_environment_is_not_used(
    store: Store, sink: Sink, push: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    network.cart(store)
    push()
    assert errors() == [""]
