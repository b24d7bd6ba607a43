"""The push on the wire (contract, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.webhooks.models import Attempt, Delivery
from tests import network

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.webhooks.sink import Sink


def test_it_pushes_the_carts_document_byte_for_byte_with_its_event(sink: Sink, push: Callable[[], int]) -> None:
    company = network.whole_retailer()
    company.endpoints.update(url=sink.url)
    cart = network.cart(network.whole_store(company))
    document = cart.documents.get(sequence=1).body
    assert push() == 1
    (pushed,) = sink.pushes
    assert pushed.verb == "POST"
    assert pushed.body.startswith(document[:-1].encode() + b',"event":{"id":"evt_')
    assert {name: value for name, value in pushed.json.items() if name != "event"} == __import__("json").loads(document)
    delivery = Delivery.objects.get()
    assert delivery.state == "delivered"
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.error, attempt.answer) == (200, "", "ok")
