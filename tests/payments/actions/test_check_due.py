from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from pushcart.companies.models import StripeAccount
from pushcart.payments.actions.check_due import check_due
from pushcart.payments.actions.enter_card import enter_card
from pushcart.payments.actions.take_card import take_card
from pushcart.payments.client import stripe_client

A_DAY = timedelta(days=1, seconds=1)


@pytest.fixture
def with_card(retailer, stripe_double, clock):
    url = enter_card(retailer, return_url="http://127.0.0.1:9/", cancel_url="http://127.0.0.1:9/")
    assert httpx.post(url, data={"card": "visa"}, trust_env=False).status_code == 302
    assert take_card(retailer).billing_card_last4 == "4242"
    return retailer


def test_it_finds_an_account_that_was_closed_without_an_event(retailer, stripe_double, clock):
    account = StripeAccount.objects.get(company=retailer)
    stripe_double.control("POST", f"accounts/{account.account_id}/disable", reason="requirements.past_due")
    assert check_due() == 0
    clock.move(A_DAY)
    assert check_due() == 1
    account.refresh_from_db()
    assert (account.charges_enabled, account.disabled_reason) == (False, "requirements.past_due")
    assert check_due() == 0


def test_it_finds_an_account_that_took_access_away_and_gave_it_back(retailer, stripe_double, clock):
    account = StripeAccount.objects.get(company=retailer)
    for act, gone in (("deauthorize", True), ("authorize", False)):
        stripe_double.control("POST", f"accounts/{account.account_id}/{act}")
        clock.move(A_DAY)
        assert check_due() == 1
        account.refresh_from_db()
        assert (account.deauthorized_at is not None, account.charges_enabled) == (gone, not gone)


def test_it_asks_again_after_no_answer(retailer, stripe_double, clock):
    clock.move(A_DAY)
    stripe_double.fault("answer_lost", "/v1/accounts/*")
    assert check_due() == 0
    assert check_due() == 1


def test_it_finds_a_card_that_was_taken_off_at_stripe(with_card, clock):
    stripe_client(test=False).v1.payment_methods.detach(with_card.billing_payment_method)
    clock.move(A_DAY)
    assert check_due() == 2
    with_card.refresh_from_db()
    assert (with_card.billing_payment_method, with_card.billing_card_last4) == ("", "")
    assert check_due() == 0


def test_it_finds_a_card_whose_owner_never_came_back(retailer, stripe_double, clock):
    url = enter_card(retailer, return_url="http://127.0.0.1:9/", cancel_url="http://127.0.0.1:9/")
    httpx.post(url, data={"card": "mastercard"}, trust_env=False)
    assert check_due() == 1
    retailer.refresh_from_db()
    assert (retailer.billing_card_brand, retailer.billing_card_last4) == ("mastercard", "4444")


def test_a_page_that_was_never_used_is_forgotten(retailer, stripe_double, clock):
    enter_card(retailer, return_url="http://127.0.0.1:9/", cancel_url="http://127.0.0.1:9/")
    clock.move(timedelta(days=2))
    check_due()
    retailer.refresh_from_db()
    assert (retailer.billing_session, retailer.billing_payment_method) == ("", "")
