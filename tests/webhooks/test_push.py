"""The push on the wire (contract, section 3)."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import standardwebhooks
import svix
import time_machine
from django.db import transaction

from pushcart.carts.actions.remind_due import remind_due
from pushcart.carts.change import changing
from pushcart.companies.actions.retire_secrets import retire_secrets
from pushcart.companies.actions.rotate_secret import rotate_secret
from pushcart.events.models import Event
from pushcart.events.record import record
from pushcart.messages.actions.post import post
from pushcart.webhooks.actions.replay import replay
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


def test_it_pushes_the_carts_document_byte_for_byte_with_its_event(
    store: Store, sink: Sink, push: Callable[[], int]
) -> None:
    cart = network.cart(store)
    document = cart.documents.get(sequence=1).body
    event = Event.objects.get(type="carts.ordered", company_id=store.company_id)
    assert push() == 1
    (pushed,) = sink.pushes
    assert pushed.verb == "POST"
    assert pushed.path == "/webhooks/pushcart"
    said = pushed.json["event"]
    assert said == {
        "id": event.uid,
        "type": "carts.ordered",
        "created_at": event.created_at.isoformat().replace("+00:00", "Z"),
        "sequence": 1,
    }
    assert pushed.body.decode() == f'{document[:-1]},"event":{json.dumps(said, separators=(",", ":"))}}}'


def test_a_message_says_who_wrote_what(store: Store, sink: Sink, push: Callable[[], int]) -> None:
    cart = network.cart(store)
    push()
    post(cart.pk, author="shopper", text="Is it assembled?")
    push()
    pushed = sink.pushes[-1].json
    assert pushed["event"]["type"] == "messages.posted"
    assert pushed["event"]["data"] == {"author": "shopper", "text": "Is it assembled?"}
    assert pushed["hash"] == cart.hash


def test_it_sends_the_headers_of_the_contract(store: Store, sink: Sink, push: Callable[[], int]) -> None:
    cart = network.cart(store, respond_by=datetime(2126, 6, 1, 12, 30, tzinfo=UTC))
    event = Event.objects.get(type="carts.ordered", company_id=store.company_id)
    before = datetime.now(UTC).timestamp()
    push()
    headers = sink.pushes[0].headers
    assert headers["content-type"] == "application/json"
    assert headers["locally-webhook-token"] == SECRET
    assert headers["webhook-id"] == event.uid
    assert int(before) <= int(headers["webhook-timestamp"]) <= datetime.now(UTC).timestamp()
    assert headers["pushcart-event"] == "carts.ordered"
    assert headers["pushcart-cart"] == cart.hash
    assert headers["pushcart-sequence"] == "1"
    assert headers["pushcart-respond-by"] == "2126-06-01T12:30:00Z"
    assert re.fullmatch(r"PushCart/\d+\.\d+\.\d+", headers["user-agent"])


def test_it_says_no_deadline_once_nothing_is_owed(store: Store, sink: Sink, push: Callable[[], int]) -> None:
    network.cart(store, status="rejected", settled=False)
    push()
    assert [push.type for push in sink.pushes] == ["carts.ordered", "carts.rejected"]
    assert "pushcart-respond-by" not in sink.pushes[1].headers


def test_it_signs_by_the_machines_time_whatever_the_sandboxs_clock_says(
    clock: ModuleType, store: Store, sink: Sink, push: Callable[[], int]
) -> None:
    clock.freeze(datetime(2031, 3, 3, tzinfo=UTC))
    network.cart(store)
    push()
    standardwebhooks.Webhook(SECRET).verify(sink.pushes[0].body, sink.pushes[0].headers)


@pytest.mark.parametrize(
    ("library", "refusal"),
    [
        (standardwebhooks.Webhook, standardwebhooks.WebhookVerificationError),
        (svix.Webhook, svix.WebhookVerificationError),
    ],
)
def test_it_is_verified_by_others_libraries_and_a_tampered_old_or_strange_one_is_not(
    library: type, refusal: type[Exception], store: Store, sink: Sink, push: Callable[[], int]
) -> None:
    network.cart(store)
    push()
    pushed = sink.pushes[0]
    library(SECRET).verify(pushed.body, pushed.headers)
    with pytest.raises(refusal):
        library(SECRET).verify(pushed.body.replace(b"ordered", b"refused"), pushed.headers)
    with pytest.raises(refusal):
        library(SECRET).verify(pushed.body, {**pushed.headers, "webhook-id": "evt_another"})
    an_hour_ago = str(int(pushed.headers["webhook-timestamp"]) - 3600)
    with pytest.raises(refusal):
        library(SECRET).verify(pushed.body, {**pushed.headers, "webhook-timestamp": an_hour_ago})
    with pytest.raises(refusal):
        library("whsec_" + "A" * 43 + "=").verify(pushed.body, pushed.headers)


@pytest.mark.parametrize(
    ("library", "refusal"),
    [
        (standardwebhooks.Webhook, standardwebhooks.WebhookVerificationError),
        (svix.Webhook, svix.WebhookVerificationError),
    ],
)
def test_what_somebody_sends_again_is_refused_when_it_is_old_and_known_by_its_id_until_then(
    library: type, refusal: type[Exception], store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    """The libraries keep nothing: within five minutes a copy verifies, and `webhook-id` shows what it is."""
    network.cart(store)
    push()
    (copied,) = sink.pushes
    signed_at = int(copied.headers["webhook-timestamp"])
    with time_machine.travel(signed_at + 299, tick=False):
        library(SECRET).verify(copied.body, copied.headers)
    for seconds in (301, -301, 86_400):
        with time_machine.travel(signed_at + seconds, tick=False), pytest.raises(refusal):
            library(SECRET).verify(copied.body, copied.headers)
    # Our own replay is signed anew: it verifies when the copy does not, and is known by the same id.
    replay(endpoint.pk, uid=copied.headers["webhook-id"])
    with time_machine.travel(signed_at + 86_400):
        push()
    replayed = sink.pushes[1]
    with time_machine.travel(signed_at + 86_401, tick=False):
        library(SECRET).verify(replayed.body, replayed.headers)
        with pytest.raises(refusal):
            library(SECRET).verify(replayed.body, {**replayed.headers, "webhook-timestamp": str(signed_at)})
    assert replayed.headers["webhook-id"] == copied.headers["webhook-id"]
    assert replayed.body == copied.body


def test_it_signs_with_old_and_new_secret_while_they_are_rotated(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    new = rotate_secret(endpoint.pk)
    network.cart(store)
    push()
    first = sink.pushes[0]
    assert len(first.headers["webhook-signature"].split()) == 2
    for secret in (new, SECRET):
        standardwebhooks.Webhook(secret).verify(first.body, first.headers)
    assert first.headers["locally-webhook-token"] == new
    assert retire_secrets(endpoint.pk) == 1
    network.cart(store)
    push()
    second = sink.pushes[1]
    standardwebhooks.Webhook(new).verify(second.body, second.headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(second.body, second.headers)


def test_it_puts_the_notice_of_an_automatic_rejection(store: Store, sink: Sink, push: Callable[[], int]) -> None:
    network.cart(store, status="auto_rejected", settled=False)
    assert push() == 2
    assert [(pushed.verb, pushed.type) for pushed in sink.pushes] == [
        ("POST", "carts.ordered"),
        ("PUT", "carts.auto_rejected"),
    ]
    assert sink.pushes[1].json["items"][0]["status"] == "auto_rejected"


def test_it_sends_a_thin_body_for_each_line_of_the_event(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    endpoint.body = "thin"
    endpoint.save()
    cart = network.cart(store, lines=[(network.GRILL, 1), (network.TOWEL, 2)])
    with changing(cart.pk) as change:
        change.move(change.lines[1], "received")
    assert push() == 3
    url = f"http://testserver/api/v2/cart/{cart.hash}"
    assert [pushed.json for pushed in sink.pushes] == [
        {"upc": network.GRILL, "order_id": cart.hash, "status": "ordered", "order_url": url},
        {"upc": network.TOWEL, "order_id": cart.hash, "status": "ordered", "order_url": url},
        {"upc": network.TOWEL, "order_id": cart.hash, "status": "received", "order_url": url},
    ]
    first, second, third = sink.pushes
    assert first.headers["webhook-id"] == second.headers["webhook-id"] != third.headers["webhook-id"]
    standardwebhooks.Webhook(SECRET).verify(third.body, third.headers)


def test_a_thin_endpoint_never_gets_the_cart_itself(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    """Nor of a reminder, which names no lines: it is about each of them."""
    endpoint.body = "thin"
    endpoint.save()
    cart = network.cart(store, lines=[(network.GRILL, 1), (network.TOWEL, 2)])
    clock.move(timedelta(minutes=31))
    assert remind_due() == 1
    assert push() == 4
    url = f"http://testserver/api/v2/cart/{cart.hash}"
    reminders = [pushed.json for pushed in sink.pushes if pushed.headers["pushcart-event"] == "carts.reminded"]
    assert reminders == [
        {"upc": upc, "order_id": cart.hash, "status": "ordered", "order_url": url}
        for upc in (network.GRILL, network.TOWEL)
    ]


def test_it_keeps_live_and_test_orders_apart(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    endpoint.test = True
    endpoint.save()
    network.cart(store)
    tried = network.cart(store, test=True)
    assert push() == 1
    assert [pushed.json["hash"] for pushed in sink.pushes] == [tried.hash]


def test_it_tells_the_brands_endpoint_too(store: Store, sink: Sink, push: Callable[[], int]) -> None:
    brand = network.brand()
    network.endpoint(brand, url=f"{sink.url}/brand")
    network.cart(store, site_of=brand)
    assert push() == 2
    assert sorted(pushed.path for pushed in sink.pushes) == ["/webhooks/pushcart", "/webhooks/pushcart/brand"]


def test_it_leaves_orders_of_the_standard_workflow_to_the_stores_staff(
    store: Store, sink: Sink, push: Callable[[], int]
) -> None:
    network.cart(store, workflow="standard")
    assert push() == 0
    assert sink.pushes == []
    assert Delivery.objects.count() == 0


def test_it_pushes_what_is_no_orders_document_to_those_alone_who_name_it(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    other = network.endpoint(store.company, url=f"{sink.url}/eligibility", event_types=["eligibility.changed"])
    network.cart(store)
    with transaction.atomic():
        record("eligibility.changed", companies=[store.company_id], data={"store_id": store.pk, "pushcart": False})
    push()
    ours = [pushed for pushed in sink.pushes if pushed.path.endswith("/eligibility")]
    assert [pushed.json["data"] for pushed in ours if not pushed.json["data"]["pushcart"]] == [
        {"store_id": store.pk, "pushcart": False}
    ]
    assert {pushed.type for pushed in ours} == {"eligibility.changed"}
    assert {pushed.type for pushed in sink.pushes if pushed not in ours} == {"carts.ordered"}
    assert "pushcart-cart" not in ours[0].headers
    assert Delivery.objects.filter(endpoint=other).exclude(state="delivered").count() == 0


def test_it_does_not_try_again_what_its_owner_no_longer_takes(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda _push: 503
    network.cart(store)
    assert push() == 1
    endpoint.event_types = ["carts.cancelled"]
    endpoint.save()
    clock.move(timedelta(seconds=6))
    push()
    assert len(sink.pushes) == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("unwanted", 1)


def test_it_keeps_each_attempt_with_its_times_and_shows_only_the_end_of_the_token(
    store: Store, sink: Sink, push: Callable[[], int]
) -> None:
    network.cart(store)
    push()
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.error, attempt.answer, attempt.address) == (200, "", "ok", "127.0.0.1")
    assert attempt.verb == "POST"
    assert attempt.url == sink.url
    assert 0 < attempt.connect_us <= attempt.first_byte_us <= attempt.total_us < 15_000_000
    assert SECRET not in attempt.request_headers
    assert f"locally-webhook-token: …{SECRET[-4:]}" in attempt.request_headers.split("\n")
    assert f"webhook-id: {attempt.event_uid}" in attempt.request_headers.split("\n")


def test_a_new_endpoint_hears_of_what_happens_from_then_on(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    network.cart(store)
    clock.move(timedelta(seconds=1))
    network.endpoint(store.company, url=f"{sink.url}/new")
    later = network.cart(store)
    push()
    assert [pushed.json["hash"] for pushed in sink.pushes if pushed.path.endswith("/new")] == [later.hash]
