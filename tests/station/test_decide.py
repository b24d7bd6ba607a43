"""The signed link by which a store's staff decide (contract, section 2; the standard workflow)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core import signing

from pushcart.carts.decision_link import GOOD_FOR, decision_url
from pushcart.carts.models import Cart, Line
from pushcart.carts.queries import document_of
from pushcart.events.models import Event
from tests import network
from tests.carts.paid import connected_store, ordered

pytestmark = pytest.mark.django_db
GRILL, TOWEL = network.GRILL, network.TOWEL


@pytest.fixture
def cart():
    """An order of a reservation: its decisions move no money."""
    return network.cart(path="ropis", workflow="standard", lines=[(GRILL, 1), (TOWEL, 2)])


def link(cart):
    return urlsplit(decision_url(cart)).path


def post(client, cart, body, content_type="application/json"):
    return client.post(link(cart), body, content_type=content_type)


def unchanged(cart):
    """Nothing at all was said of the order."""
    sequence = cart.sequence
    cart.refresh_from_db()
    assert (cart.status, cart.sequence) == ("ordered", sequence)
    assert set(cart.lines.values_list("status", flat=True)) == {"ordered"}


def test_following_the_link_shows_the_order_and_decides_nothing(client, cart):
    events = Event.objects.count()
    for _ in range(2):
        answer = client.get(link(cart))
        assert answer.status_code == 200
        content = answer.json()["content"]
        assert (content["hash"], content["status"]) == (cart.hash, "ordered")
        assert content["items"][0]["allowed"] == ["received", "confirmed", "rejected"]
    assert client.head(link(cart)).status_code == 200
    unchanged(cart)
    assert Event.objects.count() == events


def test_it_shows_the_same_bytes_as_the_api(client, cart):
    assert document_of(cart).encode() in client.get(link(cart)).content


def test_a_post_decides_all_its_lines(client, cart):
    items = [{"upc": GRILL, "status": "confirmed"}, {"upc": TOWEL, "status": "rejected", "reason": "Sold out."}]

    answer = post(client, cart, {"items": items})

    assert answer.status_code == 200
    content = answer.json()["content"]
    assert [(item["status"], item["reason"]) for item in content["items"]] == [
        ("confirmed", ""),
        ("rejected", "Sold out."),
    ]
    assert list(cart.lines.order_by("position").values_list("status", "reason")) == [
        ("confirmed", ""),
        ("rejected", "Sold out."),
    ]
    assert post(client, cart, {"items": items}).json()["content"]["sequence"] == content["sequence"]


@pytest.mark.django_db(transaction=True)
def test_what_it_confirms_is_charged_and_what_it_refunds_given_back(client, stripe_double):
    cart = ordered(connected_store(stripe_double), stripe_double.card_token())

    assert post(client, cart, {"items": [{"upc": GRILL, "status": "confirmed"}]}).status_code == 200
    refund = {"upc": GRILL, "status": "refund", "refund_amount": "31.92"}
    content = post(client, cart, {"items": [refund]}).json()["content"]

    assert (content["captured_total"], content["refunded_total"]) == (431.92, 31.92)
    books = stripe_double.books(cart.retailer)
    assert (books["captured"], books["refunded"], books["kept"]) == (43_192, 3_192, 40_000)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("mangle", [lambda t: t[:-1], lambda t: f"x{t}", lambda _: "nonsense", lambda t: t.upper()])
def test_a_link_that_is_not_right_opens_nothing(client, cart, method, mangle):
    path = f"/decide/{mangle(link(cart).removeprefix('/decide/'))}"
    answer = getattr(client, method)(path, {"items": [{"upc": GRILL, "status": "confirmed"}]})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "link_not_right"
    unchanged(cart)


def test_a_link_that_was_signed_for_something_else_opens_nothing(client, cart):
    assert client.get(f"/decide/{signing.dumps(cart.pk, salt='something.else')}").status_code == 404


def test_a_link_grows_old(client, cart):
    path = link(cart)
    with time_machine.travel(datetime.now(UTC) + GOOD_FOR - timedelta(minutes=1)):
        assert client.get(path).status_code == 200
    with time_machine.travel(datetime.now(UTC) + GOOD_FOR + timedelta(minutes=1)):
        answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["message"] == "This link is too old; sign in to the Station to see the order."


def test_it_decides_its_own_order_alone(client, cart):
    other = network.cart(path="ropis", workflow="standard")
    post(client, other, {"items": [{"upc": GRILL, "status": "confirmed"}]})
    unchanged(cart)


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "malformed_body"),
        ("[]", "application/json", 400, "malformed_body"),
        (b"\xff", "application/json", 400, "malformed_body"),
        ("<items/>", "text/xml", 415, "unsupported_media_type"),
        (b" " * 1_000_001, "application/json", 413, "body_too_large"),
    ],
)
def test_it_refuses_a_body_that_can_not_be_read(client, cart, body, content_type, status, code):
    answer = post(client, cart, body, content_type)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    unchanged(cart)


GOOD = {"upc": GRILL, "status": "confirmed"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "items"),
        ({"items": []}, "items"),
        ({"items": "all"}, "items"),
        ({"items": [GOOD, 7]}, "items[1]"),
        ({"items": [{**GOOD, "upc": 601842495575}]}, "items[0].upc"),
        ({"items": [{**GOOD, "status": ["confirmed"]}]}, "items[0].status"),
        ({"items": [{**GOOD, "refund_amount": "a lot"}]}, "items[0].refund_amount"),
    ],
)
def test_it_names_what_is_unclear(client, cart, body, field):
    answer = post(client, cart, body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    unchanged(cart)


@pytest.mark.parametrize(
    ("second", "status", "code"),
    [
        ({"upc": TOWEL, "status": "rejected"}, 422, "reason_missing"),
        ({"upc": TOWEL, "status": "mislaid"}, 422, "unknown_status"),
        ({"upc": TOWEL, "status": "fulfilled"}, 409, "illegal_transition"),
        ({"upc": "601842495605", "status": "confirmed"}, 404, "unknown_line"),
    ],
)
def test_all_of_it_is_taken_or_nothing(client, cart, second, status, code):
    answer = post(client, cart, {"items": [GOOD, second]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    unchanged(cart)


def test_nothing_else_can_be_done_with_it(client, cart):
    assert client.delete(link(cart)).status_code == 405
    assert Cart.objects.count() == 1
    assert Line.objects.count() == 2
