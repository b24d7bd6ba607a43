"""GET /api/v2/webhooks/attempts: how an owner's pushes were tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from pushcart.companies.actions.create_key import create_key
from pushcart.events.record import record
from pushcart.webhooks.models import Attempt, Delivery
from tests import network

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from pushcart.companies.models import Company
    from pushcart.events.models import Event

AT = datetime(2026, 6, 1, 12, 0, 0, 5, tzinfo=UTC)


def tried(company: Company, *, test: bool = False, error: str = "", seconds: int = 0) -> Event:
    """An event of theirs whose push was tried once."""
    endpoint = company.endpoints.filter(test=test).first() or network.endpoint(company, test=test)
    with transaction.atomic():
        (event,) = record("eligibility.changed", companies=[company.pk], test=test)
    delivery = Delivery.objects.create(endpoint=endpoint, event=event, number=event.number, lane=-1)
    Attempt.objects.create(
        endpoint=endpoint,
        delivery=delivery,
        event_uid=event.uid,
        at=AT + timedelta(seconds=seconds),
        verb="POST",
        url=endpoint.url,
        request_headers=f"webhook-id: {event.uid}\nlocally-webhook-token: …4fA=",
        status=503 if error else 200,
        error=error,
        answer='busy "now"',
        address="203.0.113.7",
        dns_us=1,
        connect_us=2,
        tls_us=3,
        first_byte_us=4,
        total_us=5,
    )
    return event


def ask(edge: TestClient, secret: str, **parameters: object) -> Any:
    return edge.get("/api/v2/webhooks/attempts", params=parameters, headers={"Locally-API-Token": secret})


def test_it_shows_the_newest_first_with_all_that_is_kept(edge: TestClient) -> None:
    company = network.retailer()
    first, second = tried(company, error="http_503"), tried(company, seconds=1)
    tried(network.retailer())
    tried(company, test=True)
    answer = ask(edge, create_key(company, "live")[1])
    assert answer.status_code == 200
    found = answer.json()["content"]
    assert [each["event_id"] for each in found] == [second.uid, first.uid]
    assert found[1] == {
        "at": "2026-06-01T12:00:00.000005Z",
        "endpoint_id": company.endpoints.get(test=False).pk,
        "event_id": first.uid,
        "verb": "POST",
        "url": company.endpoints.get(test=False).url,
        "headers": [f"webhook-id: {first.uid}", "locally-webhook-token: …4fA="],
        "status": 503,
        "error": "http_503",
        "answer": 'busy "now"',
        "address": "203.0.113.7",
        "microseconds": {"dns": 1, "connect": 2, "tls": 3, "first_byte": 4, "total": 5},
    }


def test_it_shows_those_of_one_event_and_as_many_as_are_asked_for(edge: TestClient) -> None:
    company, stranger = network.retailer(), network.retailer()
    events = [tried(company, seconds=n) for n in range(3)]
    theirs = tried(stranger)
    live = create_key(company, "live")[1]
    for parameters, wanted in (
        ({"event": events[0].uid}, [events[0].uid]),
        ({"limit": 2}, [events[2].uid, events[1].uid]),
        ({"event": theirs.uid}, []),
        ({"event": "evt_none"}, []),
    ):
        assert [each["event_id"] for each in ask(edge, live, **parameters).json()["content"]] == wanted


def test_it_refuses_what_cannot_be(edge: TestClient) -> None:
    live = create_key(network.retailer(), "live")[1]
    for parameters, status, code in (
        ({"limit": 0}, 422, "invalid_limit"),
        ({"limit": 101}, 422, "invalid_limit"),
        ({"event": "evt\x00"}, 422, "invalid_event"),
    ):
        answer = ask(edge, live, **parameters)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert ask(edge, "0" * 40).status_code == 401
