"""At least once, in order per cart, and nobody waits for another's cart (contract, section 3)."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pushcart.carts.change import changing
from pushcart.webhooks.models import Delivery
from tests import network

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pushcart.companies.models import Endpoint
    from pushcart.stores.models import Store
    from tests.webhooks.sink import Push, Sink

pytestmark = pytest.mark.usefixtures("still")


def step(cart_id: int, status: str) -> None:
    with changing(cart_id) as change:
        for line in change.lines:
            change.move(line, status)


def test_it_sends_a_carts_events_one_after_the_other(store: Store, sink: Sink, push: Callable[[], int]) -> None:
    cart = network.cart(store, status="fulfilled")
    assert push() == cart.sequence
    assert [pushed.sequence for pushed in sink.pushes] == list(range(1, cart.sequence + 1))


def test_a_cart_waits_for_its_refused_event_and_others_do_not(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    stuck = network.cart(store)
    free = network.cart(store)
    sink.answer = lambda pushed: 500 if pushed.headers["pushcart-cart"] == stuck.hash else 200
    push()
    step(stuck.pk, "received")
    step(free.pk, "received")
    push()
    assert [(pushed.headers["pushcart-cart"], pushed.sequence) for pushed in sink.pushes] == [
        (stuck.hash, 1),
        (free.hash, 1),
        (free.hash, 2),
    ]
    sink.answer = lambda _pushed: 200
    push()
    assert len(sink.pushes) == 3  # its next try is due in five seconds
    clock.move(timedelta(seconds=5))
    push()
    assert [pushed.sequence for pushed in sink.pushes if pushed.headers["pushcart-cart"] == stuck.hash] == [1, 1, 2]


def test_it_keeps_the_order_of_every_cart_while_the_endpoint_fails_at_random(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    """Every third push is refused; which ones follows from the order of arrival, and the order of carts is free."""
    carts = [network.cart(store) for _ in range(12)]
    for status in ("received", "confirmed", "fulfilled"):
        for cart in carts:
            step(cart.pk, status)
    accepted = defaultdict(list)

    def flaky(pushed: Push) -> int:
        if len(sink.pushes) % 3 == 0:
            return 503
        accepted[pushed.headers["pushcart-cart"]].append(pushed.sequence)
        return 200

    sink.answer = flaky
    for _ in range(40):
        push()
        clock.move(timedelta(seconds=30))
        if not Delivery.objects.filter(state="waiting").exists():
            break
    assert dict(accepted) == {cart.hash: [1, 2, 3, 4] for cart in carts}


def test_one_dead_endpoint_holds_up_no_other_and_sends_nothing_twice(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    dead = network.endpoint(store.company, url="http://127.0.0.1:1/nobody")
    network.cart(store, status="received")
    push()
    clock.move(timedelta(seconds=5))
    push()
    assert [pushed.sequence for pushed in sink.pushes] == [1, 2]
    assert list(dead.attempts.order_by("id").values_list("error", flat=True)) == ["connect", "connect"]
    assert set(sink.count().values()) == {1}


def test_two_endpoints_that_fail_at_once_keep_both_their_retries(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    network.endpoint(store.company, url=f"{sink.url}/other")
    sink.answer = lambda _pushed: 500
    network.cart(store)
    assert push() == 2
    sink.answer = lambda _pushed: 200
    clock.move(timedelta(seconds=5))
    assert push() == 2
    assert sorted(pushed.path for pushed in sink.pushes) == [
        *["/webhooks/pushcart"] * 2,
        *["/webhooks/pushcart/other"] * 2,
    ]
    assert Delivery.objects.exclude(state="delivered").count() == 0


def test_the_lines_of_thin_bodies_go_in_order_too(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    endpoint.body = "thin"
    endpoint.save()
    network.cart(store, lines=[(network.GRILL, 1), (network.TOWEL, 1)], status="received")
    sink.answer = lambda _pushed: 500
    push()
    sink.answer = lambda _pushed: 200
    clock.move(timedelta(seconds=5))
    push()
    assert [(pushed.json["upc"], pushed.json["status"]) for pushed in sink.pushes[1:]] == [
        (network.GRILL, "ordered"),
        (network.TOWEL, "ordered"),
        (network.GRILL, "received"),
        (network.TOWEL, "received"),
    ]
