"""POST /api/v2/events/{id}/replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushcart.events.models import Event
from pushcart.webhooks.models import Cursor, Delivery
from tests import network
from tests.api.conftest import Api

if TYPE_CHECKING:
    from django.test import Client

    from pushcart.companies.models import Company

pytestmark = pytest.mark.django_db


def path(event: Event) -> str:
    return f"/api/v2/events/{event.uid}/replay"


def met(company: Company, **values: object) -> int:
    """An endpoint of theirs that has read all of the stream."""
    endpoint = network.endpoint(company, **values)
    Cursor.objects.create(endpoint=endpoint, number=1000)
    return endpoint.pk


def ordered(company: Company) -> Event:
    return Event.objects.get(company_id=company.pk, type="carts.ordered")


def test_it_pushes_an_event_again_to_each_endpoint_that_takes_it(client: Client) -> None:
    cart = network.cart()
    retailer = cart.store.company
    endpoint = met(retailer)
    met(retailer, event_types=["carts.refunded"])
    met(retailer, test=True)
    network.endpoint(retailer)  # no pusher has met it yet
    api = Api(client, network.key(retailer)[1])
    event = ordered(retailer)
    for turn in (1, 2):
        answer = api.post(path(event), {})
        assert (answer.status_code, answer.json()) == (
            200,
            {"version": 2, "status": True, "content": {"event": event.uid, "pushes": 1}},
        )
        assert Delivery.objects.filter(endpoint=endpoint, event=event, replay=turn, state="waiting").count() == 1
    assert Delivery.objects.count() == 2


def test_it_pushes_nothing_of_anothers_nor_of_the_other_kind(client: Client) -> None:
    cart = network.cart()
    retailer, stranger = cart.store.company, network.retailer()
    met(retailer)
    met(stranger)
    event = ordered(retailer)
    for company, test in ((stranger, False), (cart.brand, False), (retailer, True)):
        answer = Api(client, network.key(company, test=test)[1]).post(path(event), {})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "event_not_found")
    assert client.post(path(event)).status_code == 401
    assert not Delivery.objects.exists()
