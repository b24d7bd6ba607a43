"""Checkout in the mode setup: a card entered on a page of Stripe's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from tests.sandbox.stripe.test_pages import _page

if TYPE_CHECKING:
    from types import ModuleType

    from tests.sandbox.stripe.conftest import Platform


def _session(platform: Platform, **more: Any) -> Any:
    customer = platform.sdk.v1.customers.create({"name": "Hearth"})
    return platform.sdk.v1.checkout.sessions.create(
        {
            "mode": "setup",
            "customer": customer.id,
            "currency": "usd",
            "success_url": "https://station.example/done?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://station.example/back",
            **more,
        }
    )


def test_a_card_is_entered_once_and_the_customer_keeps_it(platform: Platform) -> None:
    session = _session(platform)
    assert (session.status, session.expires_at) == ("open", session.created + 86_400)
    assert "https://station.example/back" in _page(session.url)[2]
    where = _page(session.url, card="visa")[:2]
    assert where == (302, f"https://station.example/done?session={session.id}")
    after = platform.sdk.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent.payment_method"]})
    assert (after.status, after.url, after.setup_intent.status) == ("complete", None, "succeeded")
    assert after.setup_intent.payment_method.customer == session.customer
    assert _page(session.url)[0] == 410
    kinds = [event.type for event in platform.sdk.v1.events.list({"limit": 5}).data]
    assert kinds[0] == "checkout.session.completed"
    assert [each.id for each in platform.sdk.v1.checkout.sessions.list({"customer": session.customer})] == [session.id]


def test_a_card_that_its_bank_refuses_leaves_the_page_open(platform: Platform) -> None:
    session = _session(platform)
    status, _, page = _page(session.url, card="visa_chargeDeclined")
    assert (status, "Your card was declined." in page) == (402, True)
    assert _page(session.url, card="visa")[0] == 302


def test_a_card_that_wants_its_bank_goes_by_3d_secure(platform: Platform) -> None:
    session = _session(platform)
    bank = _page(session.url, card="authenticationRequired")[1]
    back = _page(bank, do="pass")[1]
    assert back.startswith(f"{platform.program.url}/checkout/{session.id}/authenticated")
    assert _page(back)[1] == f"https://station.example/done?session={session.id}"


@pytest.mark.parametrize("way", ["asked", "by itself"])
def test_a_page_ends(platform: Platform, clock_of_double: ModuleType, way: str) -> None:
    session = _session(platform)
    if way == "asked":
        platform.sdk.v1.checkout.sessions.expire(session.id)
    else:
        clock_of_double.move(timedelta(days=1, minutes=1))
        platform.program.post("/_double/sweep")
    assert platform.sdk.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert _page(session.url, card="visa")[0] == 410
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        platform.sdk.v1.checkout.sessions.expire(session.id)


@pytest.mark.parametrize("missing", ["mode", "success_url", "currency"])
def test_it_wants_what_stripe_wants(platform: Platform, missing: str) -> None:
    params = {"mode": "setup", "currency": "usd", "success_url": "https://a.example"}
    del params[missing]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.checkout.sessions.create(params)
    assert refused.value.param == missing
