"""Attempts are kept for a set time, and what is still owed keeps all of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import override_settings

from pushcart.companies.actions.change_endpoint import change_endpoint
from pushcart.companies.actions.move_endpoint import move_endpoint
from pushcart.companies.actions.pause_endpoint import pause_endpoint
from pushcart.companies.actions.resume_endpoint import resume_endpoint
from pushcart.events.models import Event
from pushcart.webhooks.actions import forget_attempts as forgetting
from pushcart.webhooks.actions.forget_attempts import forget_attempts
from pushcart.webhooks.actions.replay import replay
from pushcart.webhooks.models import Attempt, Delivery
from tests import network

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pushcart.companies.models import Endpoint
    from pushcart.stores.models import Store
    from tests.webhooks.sink import Sink

pytestmark = pytest.mark.usefixtures("still")


def test_it_removes_what_is_older_than_the_operator_keeps_and_its_deliveries(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    move_endpoint(endpoint.pk, "unchecked")
    network.cart(store)
    push()  # the check, and the order
    clock.move(timedelta(days=20))
    network.cart(store)
    push()
    assert forget_attempts() == 0
    clock.move(timedelta(days=10, seconds=1))
    assert forget_attempts() == 2
    assert forget_attempts() == 0
    assert Attempt.objects.count() == Delivery.objects.count() == 1
    events = Event.objects.filter(company_id=store.company_id, type="carts.ordered")
    assert events.count() == 2
    assert replay(endpoint.pk, uid=events.order_by("number")[0].uid) == 1
    assert push() == 1
    assert sink.pushes[-1].headers["webhook-id"] == events.order_by("number")[0].uid
    with override_settings(WEBHOOK_KEEP_DAYS=1):
        assert forget_attempts() == 1


def test_what_is_owed_keeps_its_attempts_however_old(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda _pushed: 500
    network.cart(store)
    push()
    pause_endpoint(endpoint.pk)
    clock.move(timedelta(days=400))
    assert forget_attempts() == 0
    assert Attempt.objects.get().error == "http_500"
    assert Delivery.objects.get().state == "waiting"


def test_what_was_never_tried_goes_when_it_is_as_old(
    store: Store, endpoint: Endpoint, push: Callable[[], int], clock: ModuleType
) -> None:
    """What is unticked while it waits leaves no attempt."""
    pause_endpoint(endpoint.pk)
    network.cart(store)
    push()
    clock.move(timedelta(days=40))
    change_endpoint(endpoint.pk, event_types=["carts.refunded"])
    resume_endpoint(endpoint.pk)
    push()
    assert Delivery.objects.get().state == "unwanted"
    clock.move(timedelta(days=29))
    assert (forget_attempts(), Delivery.objects.count()) == (0, 1)
    clock.move(timedelta(days=1, seconds=1))
    assert forget_attempts() == 2  # with the attempt of the check
    assert Delivery.objects.count() == 0


def test_what_was_folded_goes_as_what_it_was_folded_into(
    store: Store, endpoint: Endpoint, push: Callable[[], int], clock: ModuleType
) -> None:
    change_endpoint(endpoint.pk, folds=True)
    network.cart(store, status="partially_refunded")
    push()
    assert Delivery.objects.filter(state="folded").count() == 1
    clock.move(timedelta(days=31))
    assert forget_attempts() == 4
    assert Delivery.objects.count() == 0


def test_it_goes_by_small_batches(
    store: Store,
    endpoint: Endpoint,
    push: Callable[[], int],
    clock: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 2)
    monkeypatch.setattr(forgetting, "_BATCHES_AT_A_TIME", 2)
    for _ in range(5):
        network.cart(store)
    push()
    clock.move(timedelta(days=31))
    assert forget_attempts() == 4
    assert Attempt.objects.count() == Delivery.objects.count() == 1
    assert forget_attempts() == 1
    assert Delivery.objects.count() == 0
