"""Reached the endpoint is not reached the system (contract, section 3)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pushcart.events.models import Event
from pushcart.webhooks.actions.raise_silent import raise_silent
from tests import network

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pushcart.stores.models import Store
    from tests.webhooks.sink import Sink

pytestmark = pytest.mark.usefixtures("still")


def raised() -> list[Event]:
    return list(Event.objects.filter(type="webhooks.unacknowledged"))


def test_a_cart_that_nobody_took_in_is_raised_once_after_a_quarter_of_its_window(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    cart = network.cart(store)
    push()
    raise_silent()
    clock.move(timedelta(minutes=29))
    assert (raise_silent(), raised()) == (0, [])
    clock.move(timedelta(minutes=1, seconds=1))
    assert (raise_silent(), raise_silent()) == (1, 0)
    (event,) = raised()
    assert (event.company_id, event.cart_id, event.cart_hash) == (store.company_id, cart.pk, cart.hash)
    assert event.data == {"delivered": True, "due_at": (cart.ordered_at + timedelta(minutes=30)).isoformat()}
    assert sink.types == ["carts.ordered"]


def test_it_says_when_the_push_did_not_even_arrive(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda _pushed: 500
    network.cart(store)
    push()
    clock.move(timedelta(minutes=31))
    raise_silent()
    assert [event.data["delivered"] for event in raised()] == [False]


@pytest.mark.parametrize("status", ["received", "confirmed", "rejected", "cancelled"])
def test_a_cart_that_was_answered_is_not_raised(
    status: str, store: Store, push: Callable[[], int], clock: ModuleType
) -> None:
    network.cart(store, status=status)
    push()
    clock.move(timedelta(hours=1))
    assert (raise_silent(), raised()) == (0, [])


def test_a_cart_of_the_standard_workflow_is_the_staffs(store: Store, clock: ModuleType) -> None:
    network.cart(store, workflow="standard")
    clock.move(timedelta(hours=3))
    assert (raise_silent(), raised()) == (0, [])
