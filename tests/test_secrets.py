"""Secrets planted along a whole order are found nowhere: no log, no answer, no webhook's body, no column in clear."""

from __future__ import annotations

import base64
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
from structlog.testing import capture_logs

from pushcart.carts.actions.sweep import sweep
from pushcart.carts.models import Cart
from pushcart.companies.actions.connect_endpoint import connect_endpoint
from pushcart.companies.endpoint_secrets import open_secret, seal_secret
from pushcart.companies.models import Endpoint, IdempotentAnswer
from pushcart.events.follow import follow
from pushcart.kit.addresses import TargetRefusedError
from pushcart.notifications.react import react
from pushcart.payments.actions.enter_card import enter_card
from pushcart.payments.actions.take_card import take_card
from pushcart.payments.client import stripe_client
from tests import network
from tests.carts import placing_orders as placing
from tests.doubles import SECRET_KEY, WEBHOOK_SECRET, clock_file
from tests.planted import Planted, columns
from tests.sandbox.stripe.recording import Recording
from tests.webhooks.conftest import SECRET as ENDPOINT_SECRET
from tests.webhooks.conftest import push, sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["clock_file", "push", "sink"]
pytestmark = pytest.mark.django_db(transaction=True)

CARD_NUMBER = "4000056655665556"
PASSWORD = "hunter2-of-the-url"


@pytest.fixture
def told(caplog: Any, capfd: Any) -> Iterator[Any]:
    """Everything that was logged, at the lowest level, and printed."""
    caplog.set_level(logging.DEBUG)
    with capture_logs() as entries:
        yield lambda: f"{entries} {caplog.text} {capfd.readouterr()}"


def body(store: Any, card_token: str) -> dict[str, Any]:
    return {
        "card_token": card_token,
        "host_domain": "www.ember-oak.example",
        "path_to_purchase": "bopis",
        "store_id": store.pk,
        "first_name": "Ada",
        "last_name": "Byron",
        "email": "ada@shopper.example",
        "items": [{"upc": placing.GRILL, "qty": 1, "price_per_unit": 399.00}],
    }


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Planted], None]:
    """Has the database searched before each call to Stripe too: what is written for the call may be gone after it."""

    def also_before_calls(planted: Planted) -> None:
        ask = Recording.request

        def after_a_look(http: Recording, *of: Any, **call: Any) -> Any:
            assert planted.in_database() == []
            return ask(http, *of, **call)

        monkeypatch.setattr(Recording, "request", after_a_look)

    return also_before_calls


def test_no_secret_is_found_in_a_whole_order(client, stripe_double, clock, sink, push, told, looked):
    clock.freeze(placing.NOON)
    store = placing.store(stripe_double)
    company = store.company
    Endpoint.objects.filter(company=company, test=False).update(
        url=sink.url, sealed_secrets=[seal_secret(ENDPOINT_SECRET)]
    )
    placing.sell(store)
    (_, brands_key), (_, retailers_key) = network.key(placing.brand()), network.key(company)
    token = stripe_double.card_token()
    card = stripe_client(test=False).v1.setup_intents.retrieve(token)
    planted = Planted(
        card_number=CARD_NUMBER,
        password=PASSWORD,
        card_token=token,
        shoppers_card=str(card.payment_method),
        client_secret=str(card.client_secret),
        brands_key=brands_key,
        retailers_key=retailers_key,
        stripe_key=SECRET_KEY,
        stripe_events=WEBHOOK_SECRET,
        endpoint=ENDPOINT_SECRET,
        test_endpoint=open_secret(Endpoint.objects.filter(company=company, test=True).get().sealed_secrets[0]),
    )
    looked(planted)
    answers = []

    def ask(path: str, key: str, said: dict[str, Any]) -> Any:
        headers = {"Locally-API-Token": key}
        answer = client.post(path, said, content_type="application/json", headers=headers)
        answers.append(f"{answer.status_code} {answer.headers} {answer.content.decode()}")
        assert planted.in_database() == []
        return answer

    order = "/headless/api/1.0/cart/validate"
    ask(order, brands_key, body(store, CARD_NUMBER))
    ask(order, brands_key, body(store, f"{token}x"))
    stripe_double.fault("error_500", "/v1/setup_intents/*")
    ask(order, brands_key, body(store, token))
    assert ask(order, brands_key, body(store, token)).json()["success"] is True
    cart = Cart.objects.exclude(ordered_at=None).get()
    line = f"/api/v2/cart/{cart.hash}/{placing.GRILL}"
    assert ask(line, retailers_key + "0", {"status": "confirmed"}).status_code == 401
    assert ask(f"{line}?card_token={token}", retailers_key, {"status": "paid"}).status_code == 422
    ask(line, retailers_key, {"status": "received", "fulfillment_url": f"https://ada:{PASSWORD}@shop.example/o/1"})
    assert ask(line, retailers_key, {"status": "confirmed"}).status_code == 200
    assert ask(line, retailers_key, {"status": "refund", "refund_amount": 10}).status_code == 200
    with pytest.raises(TargetRefusedError) as refused:
        connect_endpoint(company, f"https://ada:{PASSWORD}@orders.example/hook")
    answers.append(str(refused.value))
    entering = enter_card(company, return_url="http://127.0.0.1:9/", cancel_url="http://127.0.0.1:9/")
    httpx.post(entering, data={"card": "visa"}, trust_env=False)
    take_card(company)
    follow("notifications", react)
    clock.move(timedelta(seconds=31))
    sweep()
    push()

    said, sent = told(), "".join(push.body.decode() for push in sink.pushes)
    assert sent
    assert cart.hash in sent
    assert planted.in_database() == []
    assert planted.within(said) == []
    assert planted.within(sent) == []
    assert [planted.within(answer) for answer in answers] == [[]] * len(answers)
    # The endpoint's own secret goes to that endpoint, in its header; no other one does.
    assert {name for push in sink.pushes for name in planted.within(str(push.headers))} == {"endpoint"}


SECRET = "sk_test/planted+in>clear"


@pytest.mark.parametrize(
    ("column", "kept"),
    [
        ("name", f"It is {SECRET}."),
        ("name", f"It is {quote(SECRET, safe='')}."),
        ("name", SECRET.encode().hex()),
        ("name", SECRET.encode().hex().upper()),
        *[
            ("name", base64.b64encode(f"{'x' * n}{SECRET}{'y' * m}".encode()).decode())
            for n in range(3)
            for m in range(3)
        ],
        *[("name", base64.urlsafe_b64encode(f"{'x' * n}{SECRET}".encode()).decode()) for n in range(3)],
    ],
)
def test_the_search_finds_it_in_each_form(db, column, kept):
    network.retailer(slug="planted", **{column: kept})
    planted = Planted(one=SECRET, other="sk_test/another")
    assert planted.in_database() == [f"companies_company.{column}: one"]
    assert planted.within(f"log: {kept}") == ["one"]


@pytest.mark.parametrize("kept", [SECRET.encode(), base64.b64encode(f"x{SECRET}".encode())])
def test_the_search_finds_it_in_bytes_and_in_json(db, kept):
    planted, (key, _) = Planted(one=SECRET), network.key(network.retailer())
    IdempotentAnswer.objects.create(api_key=key, key="1", fingerprint=b"", body=b"\xff" + kept, headers={"x": "y"})
    assert planted.in_database() == ["companies_idempotentanswer.body: one"]
    IdempotentAnswer.objects.update(body=None, headers={"x": [kept.decode()]})
    assert planted.in_database() == ["companies_idempotentanswer.headers: one"]


def test_the_search_finds_nothing_that_is_not_there(db):
    """A Stripe id, as of the card for a company's own bills, opens nothing without the platform's key."""
    network.retailer(billing_payment_method="pm_card_visa")
    assert Planted(one=SECRET).in_database() == []
    assert len(list(columns())) > 100
    assert ("companies_company", "billing_payment_method") in columns()


def test_the_sdk_keeps_no_number_of_this_machine(stripe_double, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    network_of_stripe = stripe_double.card_token()
    assert network_of_stripe.startswith("seti_")
    assert list(tmp_path.rglob("*")) == []
