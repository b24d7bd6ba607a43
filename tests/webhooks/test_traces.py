"""One trace from the request that orders, through the push, to the decision (docs/guides/operate.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import structlog

from pushcart.carts.models import Cart
from pushcart.events.models import Event
from tests import network
from tests.tracing import spans  # noqa: F401 a fixture

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from pushcart.stores.models import Store
    from tests.webhooks.sink import Sink

pytestmark = pytest.mark.usefixtures("still")

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLERS = f"00-{TRACE}-00f067aa0ba902b7-01"


def order(client: Any, store: Store, **headers: str) -> Cart:
    """A reservation, sent as a brand's site sends it."""
    item = network.product()
    network.stock(store)
    network.dealer(item.brand, store.company)
    said = {
        "host_domain": item.brand.sites.get().domain,
        "path_to_purchase": "ropis",
        "store_id": store.pk,
        "items": [{"upc": item.upc, "qty": 1, "price_per_unit": "399.00"}],
        "first_name": "Ada",
        "email": "ada@shopper.example",
    }
    key = {"Locally-Api-Token": network.key(item.brand)[1], **headers}
    path = "/headless/api/1.0/cart/validate?secret=of-the-query"
    answer = client.post(path, said, content_type="application/json", headers=key)
    assert answer.status_code == 200, answer.content
    return Cart.objects.get()


def by_name(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def trace_of(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.trace_id:032x}"


def test_it_is_one_trace_from_the_order_through_the_push_to_the_decision(
    client: Any,
    store: Store,
    sink: Sink,
    push: Callable[[], int],
    spans: InMemorySpanExporter,  # noqa: F811
) -> None:
    cart = order(client, store, traceparent=CALLERS)
    assert push() == 1
    placed, pushed = by_name(spans)["POST /headless/api/1.0/cart/validate"], by_name(spans)["push carts.ordered"]
    assert trace_of(placed) == trace_of(pushed) == TRACE
    assert placed.attributes is not None
    assert placed.attributes["pushcart.carts"] == (cart.hash,)
    event = Event.objects.get(company_id=store.company_id, type="carts.ordered")
    assert event.traceparent == f"00-{TRACE}-{placed.context.span_id:016x}-01"
    assert pushed.parent is not None
    assert pushed.parent.span_id == placed.context.span_id
    assert pushed.attributes == {
        "pushcart.event": event.uid,
        "pushcart.cart": cart.hash,
        "pushcart.endpoint": store.company.endpoints.get().pk,
        "http.request.method": "POST",
        "http.response.status_code": 200,
    }
    told = sink.pushes[0].headers["traceparent"]
    assert told == f"00-{TRACE}-{pushed.context.span_id:016x}-01"

    # The retailer's system decides in a trace of its own; the two are tied.
    client.post(
        f"/api/v2/cart/{cart.hash}/{network.GRILL}?name=of-the-query",
        {"status": "received"},
        content_type="application/json",
        headers={"Locally-API-Token": network.key(store.company)[1]},
    )
    decided = by_name(spans)["POST /api/v2/cart/<cart_hash>/<upc>"]
    assert trace_of(decided) != TRACE
    assert [f"{link.context.trace_id:032x}" for link in decided.links] == [TRACE]
    assert decided.links[0].attributes == {"pushcart.link": "order"}
    assert not [span for span in spans.get_finished_spans() if "of-the-query" in span.to_json()]
    assert push() == 1
    assert trace_of(by_name(spans)["push carts.received"]) == trace_of(decided)


def test_it_is_the_same_trace_where_the_retailer_sends_the_header_back(
    client: Any,
    store: Store,
    sink: Sink,
    push: Callable[[], int],
    spans: InMemorySpanExporter,  # noqa: F811
) -> None:
    cart = order(client, store, traceparent=CALLERS)
    push()
    client.post(
        f"/api/v2/cart/{cart.hash}/{network.GRILL}?name=of-the-query",
        {"status": "received"},
        content_type="application/json",
        headers={
            "Locally-API-Token": network.key(store.company)[1],
            "traceparent": sink.pushes[0].headers["traceparent"],
        },
    )
    assert trace_of(by_name(spans)["POST /api/v2/cart/<cart_hash>/<upc>"]) == TRACE


def test_it_makes_a_span_of_each_attempt_and_says_what_failed(
    client: Any,
    store: Store,
    sink: Sink,
    push: Callable[[], int],
    spans: InMemorySpanExporter,  # noqa: F811
) -> None:
    sink.answer = lambda _push: 503
    order(client, store)
    with structlog.testing.capture_logs() as lines:
        push()
    [pushed] = [span for span in spans.get_finished_spans() if span.name == "push carts.ordered"]
    assert pushed.attributes is not None
    assert pushed.attributes["error.type"] == "http_503"
    event = Event.objects.get(company_id=store.company_id, type="carts.ordered")
    [line] = [line for line in lines if line["event"] == "webhooks.refused"]
    assert (line["event_id"], line["cart"], line["error"]) == (event.uid, event.cart_hash, "http_503")
    assert line["trace_id"] == trace_of(pushed)


def test_it_carries_the_callers_trace_without_an_sdk_and_makes_no_span(
    client: Any, store: Store, sink: Sink, push: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pushcart.kit.traces._tracer", None)
    order(client, store, traceparent=CALLERS)
    push()
    assert Event.objects.get(company_id=store.company_id, type="carts.ordered").traceparent == CALLERS
    assert sink.pushes[0].headers["traceparent"] == CALLERS


@pytest.mark.parametrize("said", [{}, {"traceparent": "00-nonsense"}, {"traceparent": f"00-{'0' * 32}-{'0' * 16}-01"}])
def test_it_sends_no_header_where_there_is_no_trace(
    client: Any, store: Store, sink: Sink, push: Callable[[], int], said: dict[str, str]
) -> None:
    order(client, store, **said)
    push()
    assert "traceparent" not in sink.pushes[0].headers


def test_it_logs_what_was_told_with_cart_and_events(client: Any, store: Store) -> None:
    with structlog.testing.capture_logs() as lines:
        cart = order(client, store)
    [line] = [line for line in lines if line["event"] == "carts.told"]
    assert (line["cart"], line["sequence"], line["event_type"]) == (cart.hash, 1, "carts.ordered")
    assert sorted(line["event_ids"]) == sorted(Event.objects.filter(type="carts.ordered").values_list("uid", flat=True))
