"""Secrets planted along a whole order are found nowhere: no log, no answer, no webhook's body, no column in clear."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from django.db import connection
from structlog.testing import capture_logs

from pushcart.carts.actions.sweep import sweep
from pushcart.carts.models import Cart
from pushcart.companies.actions.connect_endpoint import connect_endpoint
from pushcart.companies.endpoint_secrets import open_secret, seal_secret
from pushcart.companies.models import Endpoint
from pushcart.events.follow import follow
from pushcart.kit.addresses import TargetRefusedError
from pushcart.notifications.react import react
from pushcart.payments.actions.enter_card import enter_card
from pushcart.payments.actions.take_card import take_card
from tests import network
from tests.carts import placing_orders as placing
from tests.doubles import SECRET_KEY, WEBHOOK_SECRET, clock_file
from tests.webhooks.conftest import SECRET as ENDPOINT_SECRET
from tests.webhooks.conftest import push, sink

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["clock_file", "push", "sink"]
pytestmark = pytest.mark.django_db(transaction=True)

CARD_NUMBER = "4000056655665556"
PASSWORD = "hunter2-of-the-url"


def columns() -> Iterator[tuple[str, str]]:
    """Each column of the database that can hold a text: with the types of it that Django and its libraries use."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND"
            " (c.data_type IN ('text', 'character varying', 'character', 'bytea', 'json', 'jsonb', 'ARRAY', 'xml'))"
        )
        yield from cursor.fetchall()


def in_clear(secret: str) -> list[str]:
    """The columns in which the secret stands, as text, in bytes, or in base64 or hex of it."""
    found = []
    forms = {secret, secret.encode().hex()}
    with connection.cursor() as cursor:
        for table, column in columns():
            text = f"coalesce({column}::text, '')"
            where = " OR ".join([f"position(%s in {text}) > 0"] * len(forms))
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE {where}', list(forms))  # noqa: S608 names of our tables
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    return found


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


def test_no_secret_is_found_after_a_whole_order(client, stripe_double, clock, sink, push, told):
    clock.freeze(placing.NOON)
    store = placing.store(stripe_double)
    company = store.company
    Endpoint.objects.filter(company=company, test=False).update(
        url=sink.url, sealed_secrets=[seal_secret(ENDPOINT_SECRET)]
    )
    placing.sell(store)
    (_, brands_key), (_, retailers_key) = network.key(placing.brand()), network.key(company)
    token = stripe_double.card_token()
    answers = []

    def ask(path: str, key: str, said: dict[str, Any]) -> Any:
        headers = {"Locally-API-Token": key}
        answer = client.post(path, said, content_type="application/json", headers=headers)
        answers.append(answer.content.decode())
        return answer

    order = "/headless/api/1.0/cart/validate"
    ask(order, brands_key, body(store, CARD_NUMBER))
    ask(order, brands_key, body(store, f"{token}x"))
    stripe_double.fault("error_500", "/v1/setup_intents/*")
    ask(order, brands_key, body(store, token))
    assert ask(order, brands_key, body(store, token)).json()["success"] is True
    cart = Cart.objects.exclude(ordered_at=None).get()
    line = f"/api/v2/cart/{cart.hash}/{placing.GRILL}"
    ask(line, retailers_key + "0", {"status": "confirmed"})
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

    secrets = [
        *(CARD_NUMBER, PASSWORD, token, brands_key, retailers_key, ENDPOINT_SECRET, SECRET_KEY, WEBHOOK_SECRET),
        open_secret(Endpoint.objects.filter(company=company, test=True).get().sealed_secrets[0]),
    ]
    said, sent = told(), "".join(push.body.decode() for push in sink.pushes)
    assert sent
    assert cart.hash in sent
    for secret in secrets:
        assert in_clear(secret) == []
        assert secret not in said
        assert secret not in sent
        assert not [answer for answer in answers if secret in answer]


def test_the_search_itself_finds_what_stands_in_clear(db):
    network.retailer(name="Planted secret-in-clear", slug="planted")
    assert in_clear("secret-in-clear") == ["companies_company.name"]
    assert len(list(columns())) > 100


def test_the_sdk_keeps_no_number_of_this_machine(stripe_double, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    network_of_stripe = stripe_double.card_token()
    assert network_of_stripe.startswith("seti_")
    assert list(tmp_path.rglob("*")) == []
