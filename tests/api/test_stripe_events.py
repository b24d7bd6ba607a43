"""What Stripe tells at POST /stripe/events, as the payment double signs and sends it."""

from __future__ import annotations

from typing import Any

import pytest

from pushcart.eligibility.actions.renew import renew
from pushcart.eligibility.models import Standing
from tests import network


@pytest.fixture
def store(transactional_db, stripe_double):
    company = network.retailer(billing_payment_method="pm_card_visa")
    stripe_double.connect(company)
    network.endpoint(company)
    there = network.whole_store(company)
    renew(there.pk)
    return there


def post(client: Any, payload: bytes, signature: str) -> Any:
    headers = {"Stripe-Signature": signature}
    return client.post("/stripe/events", payload, content_type="application/json", headers=headers)


def test_it_takes_a_store_off_as_soon_as_its_account_can_not_charge(client, store, stripe_double):
    assert Standing.objects.get(store=store).standard
    account_id = store.company.stripe_account.account_id
    with stripe_double.listening() as mailbox:
        stripe_double.control("POST", f"accounts/{account_id}/deauthorize")
        answer = post(client, *mailbox.take("account.application.deauthorized"))
    assert answer.status_code == 200
    standing = Standing.objects.get(store=store)
    assert (standing.pushcart, standing.standard) == (False, False)


@pytest.mark.parametrize("signature", ["", "t=1,v1=ff"])
def test_it_refuses_what_stripe_did_not_sign(client, store, signature):
    answer = post(client, b'{"id":"evt_1","object":"event","type":"account.updated"}', signature)
    assert answer.status_code == 400
    assert Standing.objects.get(store=store).standard


def test_it_takes_posts_alone(client, db):
    assert client.get("/stripe/events").status_code == 405
