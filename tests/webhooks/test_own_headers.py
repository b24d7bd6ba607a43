"""Headers of an endpoint's owner's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushcart.companies.actions.move_endpoint import move_endpoint
from pushcart.companies.actions.set_headers import set_headers
from pushcart.companies.errors import CompanyError
from pushcart.companies.own_headers import open_headers
from pushcart.webhooks.models import Attempt
from tests import network

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.companies.models import Endpoint
    from pushcart.stores.models import Store
    from tests.webhooks.sink import Sink

pytestmark = pytest.mark.usefixtures("still")

OWN = {"Authorization": "Bearer of-the-shop-0815", "X-Region": "south"}


def test_they_come_with_each_push_and_each_check_and_no_attempt_shows_them(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]
) -> None:
    set_headers(endpoint.pk, OWN)
    move_endpoint(endpoint.pk, "unchecked")
    network.cart(store)
    push()
    assert sink.types == ["endpoint.check", "carts.ordered"]
    for pushed in sink.pushes:
        assert pushed.headers["authorization"] == "Bearer of-the-shop-0815"
        assert pushed.headers["x-region"] == "south"
        assert pushed.headers["content-type"] == "application/json"
    for attempt in Attempt.objects.all():
        shown = attempt.request_headers.split("\n")
        assert {"Authorization: …", "X-Region: …"} <= set(shown)
        assert "0815" not in attempt.request_headers
    endpoint.refresh_from_db()
    assert "0815" not in endpoint.sealed_headers
    assert open_headers(endpoint.sealed_headers) == OWN


def test_no_headers_end_them(store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int]) -> None:
    set_headers(endpoint.pk, OWN)
    set_headers(endpoint.pk, {})
    network.cart(store)
    push()
    assert "x-region" not in sink.pushes[0].headers
    endpoint.refresh_from_db()
    assert endpoint.sealed_headers == ""


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"Content-Type": "text/plain"}, "Content-Type is PushCart's own"),
        ({"webhook-signature": "v1,mine"}, "webhook-signature is PushCart's own"),
        ({"Locally-Webhook-Token": "mine"}, "Locally-Webhook-Token is PushCart's own"),
        ({"PushCart-Anything": "1"}, "PushCart-Anything is PushCart's own"),
        ({"HOST": "elsewhere.example"}, "HOST is PushCart's own, or the connection's"),
        ({"Content-Length": "3"}, "Content-Length is"),
        ({"Transfer-Encoding": "chunked"}, "Transfer-Encoding is"),
        ({"Connection": "close"}, "Connection is"),
        ({"TE": "trailers"}, "TE is"),
        ({"Proxy-Authorization": "x"}, "Proxy-Authorization is"),
        ({"X-A": "one\r\nHost: other.example"}, "The value of X-A must be one line"),
        ({"X-A": "one\ntwo"}, "The value of X-A must be one line"),
        ({"X-A": "one\x00"}, "The value of X-A must be one line"),
        ({"X-A": "größe"}, "The value of X-A must be one line of printable ASCII"),
        ({"X-A": ""}, "The value of X-A must be one line"),
        ({"X-A": " x"}, "without spaces at its ends"),
        ({"X A": "x"}, "'X A' is not the name of a header"),
        ({"X-A: x\r\nX-B": "x"}, "is not the name of a header"),
        ({"": "x"}, "'' is not the name of a header"),
        ({"X-A": "1", "x-a": "2"}, "x-a stands there twice"),
        ({"X-A": "x" * 2001}, "The value of X-A may have 2,000 characters"),
        ({f"X-{n}": "x" * 1900 for n in range(5)}, "may take 8,000 characters in all"),
        ({f"X-{n}": "x" for n in range(21)}, "There may be 20 headers; these are 21"),
    ],
)
@pytest.mark.django_db
def test_it_refuses_what_would_change_the_message_or_break_out_of_its_line(headers: dict[str, str], says: str) -> None:
    endpoint = network.endpoint(network.retailer())
    set_headers(endpoint.pk, OWN)
    with pytest.raises(CompanyError, match=says) as refused:
        set_headers(endpoint.pk, headers)
    assert refused.value.field == "headers"
    endpoint.refresh_from_db()
    assert open_headers(endpoint.sealed_headers) == OWN
