"""An update that a newer one has overtaken is left out, where the endpoint's owner wishes it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from pushcart.carts.change import changing
from pushcart.companies.actions.change_endpoint import change_endpoint
from pushcart.events.models import Event
from pushcart.events.types import DOCUMENTED
from pushcart.webhooks.actions.replay import replay
from pushcart.webhooks.folding import FOLDABLE
from pushcart.webhooks.models import Delivery
from tests import network

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pushcart.companies.models import Endpoint
    from pushcart.stores.models import Store
    from tests.webhooks.sink import Sink

pytestmark = pytest.mark.usefixtures("still")


def states(endpoint: Endpoint) -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(endpoint=endpoint, replay=0).select_related("event").order_by("id")
    return [(row.event.type.removeprefix("carts."), row.state) for row in rows]


def step(cart_id: int, status: str) -> None:
    with changing(cart_id) as change:
        for line in change.lines:
            change.move(line, status)


def test_it_leaves_out_what_a_newer_document_shows_and_records_that(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    change_endpoint(endpoint.pk, folds=True)
    cart = network.cart(store, status="partially_refunded")  # ordered, confirmed, charged, refunded
    push()
    assert sink.types == ["carts.ordered", "carts.confirmed", "carts.refunded"]
    assert states(endpoint) == [
        ("ordered", "delivered"),
        ("confirmed", "delivered"),
        ("charged", "folded"),
        ("refunded", "delivered"),
    ]
    folded, newer = Delivery.objects.get(state="folded"), Delivery.objects.get(event__type="carts.refunded")
    assert (folded.folded_into, folded.attempts, folded.delivered_at) == (newer.pk, 0, None)
    assert sink.pushes[-1].json["items"][0]["captured"] > 0  # what the one left out had told
    # The company's stream lacks nothing: the feed and the digests stand on it.
    ours = Event.objects.filter(company_id=store.company_id, cart_id=cart.pk)
    assert ours.count() == 4
    assert replay(endpoint.pk, uid=folded.event.uid) == 1
    push()
    assert sink.types[-1] == "carts.charged"  # asked for by name, it comes


def test_without_the_owners_wish_nothing_is_left_out(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    network.cart(store, status="partially_refunded")
    push()
    assert sink.types == ["carts.ordered", "carts.confirmed", "carts.charged", "carts.refunded"]


def test_an_order_a_decision_and_an_alarm_always_come_themselves(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    change_endpoint(endpoint.pk, folds=True)
    network.cart(store, status="charge_failed")
    network.cart(store, status="auto_rejected", settled=False)
    push()
    assert sorted(sink.types) == sorted(
        [
            *("carts.ordered", "carts.confirmed", "carts.charge_failed", "carts.released"),
            *("carts.ordered", "carts.auto_rejected"),
        ]
    )
    assert [pushed.verb for pushed in sink.pushes if pushed.type == "carts.auto_rejected"] == ["PUT"]
    kept = {"ordered", "confirmed", "rejected", "auto_rejected", "cancelled", "charge_failed", "refund_failed"}
    assert not {f"carts.{what}" for what in kept} & set(FOLDABLE)
    assert set(FOLDABLE) < DOCUMENTED


def test_a_refused_update_gives_way_to_the_newer_one_in_order(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    change_endpoint(endpoint.pk, folds=True)
    sink.answer = lambda pushed: 500 if pushed.type == "carts.received" else 200
    cart = network.cart(store, status="received")
    push()
    assert sink.types == ["carts.ordered", "carts.received"]
    step(cart.pk, "confirmed")
    push()
    assert states(endpoint)[1:] == [("received", "waiting"), ("confirmed", "waiting")]
    clock.move(timedelta(seconds=6))
    push()
    assert sink.types == ["carts.ordered", "carts.received", "carts.confirmed"]
    assert states(endpoint) == [("ordered", "delivered"), ("received", "folded"), ("confirmed", "delivered")]
    assert Delivery.objects.get(state="folded").attempts == 1


def test_nothing_is_folded_into_what_its_owner_does_not_take(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    """And what others were folded into is sent, though its own type was unticked since."""
    change_endpoint(endpoint.pk, folds=True, event_types=["carts.received", "carts.charged", "carts.fulfilled"])
    cart = network.cart(store, status="received")
    step(cart.pk, "confirmed")
    push()
    assert sink.types == ["carts.received"]
    sink.answer = lambda _pushed: 500
    other = network.cart(store, status="received")
    step(other.pk, "confirmed")
    step(other.pk, "fulfilled")
    push()
    assert states(endpoint)[1:] == [("received", "folded"), ("fulfilled", "waiting")]
    change_endpoint(endpoint.pk, event_types=["carts.received"])
    sink.answer = lambda _pushed: 200
    clock.move(timedelta(seconds=6))
    push()
    assert states(endpoint)[1:] == [("received", "folded"), ("fulfilled", "delivered")]


def test_lines_of_thin_bodies_are_folded_each_into_its_own(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    change_endpoint(endpoint.pk, body="thin", folds=True)
    cart = network.cart(store, lines=[(network.GRILL, 1), (network.TOWEL, 1)])
    step(cart.pk, "received")
    with changing(cart.pk) as change:
        change.move(change.lines[0], "confirmed")
    push()
    assert [(pushed.json["upc"], pushed.json["status"]) for pushed in sink.pushes] == [
        (network.GRILL, "ordered"),
        (network.TOWEL, "ordered"),
        (network.TOWEL, "received"),
        (network.GRILL, "confirmed"),
    ]


def test_the_database_knows_what_a_folded_one_was_folded_into(
    store: Store, endpoint: Endpoint, push: Callable[[], int]
) -> None:
    change_endpoint(endpoint.pk, folds=True)
    network.cart(store, status="confirmed", settled=False)
    push()
    last = Delivery.objects.order_by("id").last()
    assert last is not None
    for columns in ({"state": "folded"}, {"folded_into": last.pk + 1}, {"state": "folded", "folded_into": 1}):
        delivery = Delivery.objects.create(
            endpoint=endpoint, event=last.event, number=last.number, position=7, lane=last.lane
        )
        with pytest.raises(IntegrityError, match="webhooks_folded_into_a_later_one"), transaction.atomic():
            Delivery.objects.filter(pk=delivery.pk).update(**columns)
        delivery.delete()
