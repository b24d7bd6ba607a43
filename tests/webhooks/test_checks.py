"""The signed check by which an endpoint comes into use, and back after it failed (contract, section 3)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import standardwebhooks
from django.db import connection

from pushcart.companies.actions.change_endpoint import change_endpoint
from pushcart.companies.actions.connect_endpoint import connect_endpoint
from pushcart.companies.actions.move_endpoint import move_endpoint
from pushcart.companies.actions.pause_endpoint import pause_endpoint
from pushcart.companies.actions.resume_endpoint import resume_endpoint
from pushcart.companies.endpoint_secrets import open_secret
from pushcart.events.models import Event
from pushcart.kit.states import IllegalMoveError
from pushcart.webhooks.engine import health
from pushcart.webhooks.engine.claim import changed
from pushcart.webhooks.engine.database import open_pool
from pushcart.webhooks.engine.targets import Targets
from pushcart.webhooks.models import Attempt, Delivery
from tests import network
from tests.webhooks.conftest import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pushcart.companies.models import Endpoint
    from pushcart.stores.models import Store
    from tests.webhooks.sink import Sink

pytestmark = pytest.mark.usefixtures("still")


def told(endpoint: Endpoint) -> list[str]:
    events = Event.objects.filter(type__startswith="companies.endpoint_", data__endpoint_id=endpoint.pk)
    return [
        kind.removeprefix("companies.endpoint_") for kind in events.order_by("number").values_list("type", flat=True)
    ]


def state(endpoint: Endpoint) -> str:
    endpoint.refresh_from_db()
    return endpoint.state


def fail_it(push: Callable[[], int], clock: ModuleType, store: Store, endpoint: Endpoint) -> None:
    """Lets enough pushes fail for long enough."""
    network.cart(store)
    for _ in range(8):
        push()
        clock.move(timedelta(seconds=60))
    push()
    assert state(endpoint) == "failing"


def test_a_new_endpoint_is_used_once_it_has_answered_a_signed_check(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    endpoint.delete()
    fresh = connect_endpoint(store.company, sink.url)
    assert fresh.state == "unchecked"
    cart = network.cart(store)
    push()
    assert state(fresh) == "working"
    assert sink.types == ["endpoint.check", "carts.ordered"]
    check = sink.pushes[0]
    assert check.verb == "POST"
    assert check.json["event"] == {**check.json["event"], "type": "endpoint.check", "sequence": None}
    assert check.json["data"] == {"test": 0}
    secret = open_secret(fresh.sealed_secrets[0])
    standardwebhooks.Webhook(secret).verify(check.body, check.headers)
    assert check.headers["locally-webhook-token"] == secret
    assert sink.pushes[1].json["hash"] == cart.hash
    assert told(fresh) == ["unchecked", "working"]
    attempt = Attempt.objects.get(delivery=None)
    assert (attempt.endpoint_id, attempt.status) == (fresh.pk, 200)


def test_an_endpoint_that_fails_its_check_gets_nothing_and_is_asked_again(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    move_endpoint(endpoint.pk, "unchecked")
    sink.answer = lambda _pushed: 500
    network.cart(store)
    push()
    push()
    assert sink.types == ["endpoint.check"]
    assert state(endpoint) == "unchecked"
    clock.move(timedelta(seconds=5))
    push()
    assert sink.types == ["endpoint.check"] * 2
    sink.answer = lambda _pushed: 200
    clock.move(timedelta(minutes=5))
    push()
    assert sink.types == [*["endpoint.check"] * 3, "carts.ordered"]


def test_a_changed_url_is_checked_at_once_and_gets_what_is_owed_in_order(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda _pushed: 500
    cart = network.cart(store, status="received")
    push()
    assert sink.types == ["carts.ordered"]
    sink.answer = lambda _pushed: 200
    change_endpoint(endpoint.pk, url=f"{sink.url}/new")
    push()
    assert [(pushed.path, pushed.type) for pushed in sink.pushes[1:]] == [
        ("/webhooks/pushcart/new", "endpoint.check"),
        ("/webhooks/pushcart/new", "carts.ordered"),
        ("/webhooks/pushcart/new", "carts.received"),
    ]
    assert [pushed.json["hash"] for pushed in sink.pushes[2:]] == [cart.hash] * 2


def test_a_url_changed_again_while_unchecked_is_checked_at_once(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    change_endpoint(endpoint.pk, url="http://127.0.0.1:1/wrong")
    push()
    assert state(endpoint) == "unchecked"
    clock.move(timedelta(seconds=1))
    change_endpoint(endpoint.pk, url=sink.url)
    push()
    assert state(endpoint) == "working"


def test_an_endpoint_is_failing_when_pushes_and_check_fail_for_two_minutes(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda _pushed: 503
    network.cart(store)
    for seconds in (5, 10, 15, 30, 59):
        push()
        clock.move(timedelta(seconds=seconds))
    push()
    assert state(endpoint) == "working"
    assert sink.types == ["carts.ordered"] * 5
    clock.move(timedelta(seconds=2))
    push()
    assert state(endpoint) == "failing"
    assert endpoint.state_reason == "It does not answer: http_503."
    assert told(endpoint) == ["failing"]


def test_one_refused_event_does_not_make_an_endpoint_failing(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda pushed: 500 if pushed.type == "carts.ordered" else 200
    network.cart(store)
    for _ in range(8):
        push()
        clock.move(timedelta(seconds=60))
    push()
    assert state(endpoint) == "working"
    assert sink.types == [*["carts.ordered"] * 5, "endpoint.check"]
    assert told(endpoint) == []


def test_what_happens_meanwhile_is_held_and_sent_in_order_when_it_answers_again(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda _pushed: 503
    fail_it(push, clock, store, endpoint)
    held = network.cart(store, status="fulfilled")
    made = len(sink.pushes)
    push()
    assert set(sink.types[made:]) <= {"endpoint.check"}
    sink.answer = lambda _pushed: 200
    clock.move(timedelta(minutes=5))
    made = len(sink.pushes)
    push()
    assert state(endpoint) == "working"
    assert told(endpoint) == ["failing", "working"]
    assert sink.types[made] == "endpoint.check"
    ours = [pushed.sequence for pushed in sink.pushes[made + 1 :] if pushed.json["hash"] == held.hash]
    assert ours == list(range(1, held.sequence + 1))
    assert not Delivery.objects.exclude(state="delivered").exists()


def test_more_than_one_statement_can_make_due_comes_when_it_answers_again(
    store: Store,
    endpoint: Endpoint,
    sink: Sink,
    push: Callable[[], int],
    clock: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "_HELD_AT_A_TIME", 2)
    sink.answer = lambda _pushed: 503
    for _ in range(7):
        network.cart(store)
    push()
    assert Delivery.objects.filter(first_at__isnull=False).count() == 7
    move_endpoint(endpoint.pk, "failing")
    Delivery.objects.filter(pk__in=Delivery.objects.values("pk")[:3]).update(
        first_at=None, due_at=clock.now() + timedelta(hours=1)
    )
    sink.answer = lambda _pushed: 200
    push()
    assert state(endpoint) == "working"
    assert Delivery.objects.filter(state="delivered").count() == 7


def test_what_is_held_for_an_endpoint_whose_row_changed_is_let_go(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    """Changed, checked and working again between two looks: what another pusher holds goes to the new URL."""

    async def look() -> tuple[set[int], set[int]]:
        pool = await open_pool("claim", durable=False)
        try:
            targets = Targets(pool)
            await targets.renew({endpoint.pk: -1})
            known = targets.versions([endpoint.pk, -5])
            before = await changed(pool, known)
            await asyncio.to_thread(move)
            return before, await changed(pool, known)
        finally:
            await pool.close()

    def move() -> None:
        change_endpoint(endpoint.pk, url=f"{sink.url}/new")
        move_endpoint(endpoint.pk, "working")
        connection.close()

    push()
    assert asyncio.run(look()) == (set(), {endpoint.pk})


def test_a_paused_endpoint_gets_nothing_until_it_is_resumed_and_checked(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    assert pause_endpoint(endpoint.pk)
    network.cart(store)
    clock.move(timedelta(hours=1))
    push()
    assert sink.pushes == []
    assert resume_endpoint(endpoint.pk)
    push()
    assert sink.types == ["endpoint.check", "carts.ordered"]
    assert told(endpoint) == ["paused", "unchecked", "working"]


def test_a_stopped_endpoint_comes_back_when_its_owner_resumes_it(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    sink.answer = lambda _pushed: 410
    network.cart(store)
    push()
    sink.answer = lambda _pushed: 200
    push()
    assert sink.types == ["carts.ordered"]
    assert resume_endpoint(endpoint.pk)
    push()
    assert sink.types == ["carts.ordered", "endpoint.check", "carts.ordered"]


def test_a_check_that_is_answered_410_stops_the_endpoint(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    move_endpoint(endpoint.pk, "unchecked")
    sink.answer = lambda _pushed: 410
    push()
    assert state(endpoint) == "stopped"


def test_an_answer_from_the_old_url_does_not_open_the_new_one(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    """The URL changes while the check of the old one is on its way."""
    move_endpoint(endpoint.pk, "unchecked")
    seen = []

    def change_meanwhile(_pushed: object) -> int:
        if not seen:
            seen.append(change_endpoint(endpoint.pk, url="http://127.0.0.1:1/new"))
            connection.close()
        return 200

    sink.answer = change_meanwhile
    push()
    assert state(endpoint) == "unchecked"


def test_an_endpoints_state_moves_along_its_graph_alone(store: Store, endpoint: Endpoint) -> None:
    pause_endpoint(endpoint.pk)
    with pytest.raises(IllegalMoveError):
        move_endpoint(endpoint.pk, "working")
    assert state(endpoint) == "paused"
    assert told(endpoint) == ["paused"]


def test_the_secret_is_kept_sealed(store: Store, endpoint: Endpoint) -> None:
    assert SECRET not in endpoint.sealed_secrets[0]
    assert open_secret(endpoint.sealed_secrets[0]) == SECRET


def test_an_endpoint_whose_secret_cannot_be_opened_harms_no_other(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    """As after a lost PUSHCART_OLD_SECRET_KEYS: one is to be checked, one takes pushes, and a third is well."""
    broken = {"sealed_secrets": ["gAAAA-not-ours"], "url": f"{sink.url}/broken"}
    unchecked = network.endpoint(store.company, state="unchecked", **broken)
    network.endpoint(store.company, **broken)
    network.endpoint(store.company, url=f"{sink.url}/none", sealed_secrets=[])
    network.cart(store)
    push()
    assert [pushed.path for pushed in sink.pushes] == ["/webhooks/pushcart"]
    assert state(unchecked) == "unchecked"
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["delivered", "waiting", "waiting", "waiting"]
