from __future__ import annotations

from datetime import timedelta

import pytest

from pushcart.companies.models import StripeAccount
from pushcart.payments import accounts
from pushcart.payments.actions.account_link import account_link
from pushcart.payments.actions.connect import connect
from pushcart.payments.actions.sync_account import sync_account
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import AccountRefusedError, NotConnectedError, StripeUnreachableError
from tests import network

pytestmark = pytest.mark.usefixtures("transactional_db")


def test_it_makes_an_account_that_can_charge_once_its_owner_has_answered(stripe_double):
    company = network.retailer(name="Hammer & Hearth")

    account = connect(company, None, "owner@hammer.example", "US")

    account.refresh_from_db()
    assert account.account_id.startswith("acct_")
    assert (account.charges_enabled, account.disabled_reason) == (False, "requirements.past_due")
    made = stripe_client(test=False).v1.accounts.retrieve(account.account_id)
    assert (made.type, made.country, made.email) == ("standard", "US", "owner@hammer.example")
    assert made.business_profile.name == "Hammer & Hearth"
    stripe_double.onboard(account.account_id)
    account = sync_account(company)
    assert (account.charges_enabled, account.disabled_reason, account.deauthorized_at) == (True, "", None)


def test_it_makes_one_account_a_company(stripe_double):
    company = network.retailer()
    stripe_double.fault("answer_lost", "/v1/accounts")
    with pytest.raises(StripeUnreachableError):
        connect(company, None, "", "US")
    assert not StripeAccount.objects.exists()

    first = connect(company, None, "", "US")

    assert connect(company, None, "", "US").pk == first.pk
    assert [each.id for each in stripe_client(test=False).v1.accounts.list().data] == [first.account_id]


def test_it_finds_the_account_that_was_made_with_other_words(stripe_double):
    """Its answer was lost, and the owner has corrected the mail since: Stripe would refuse the same key."""
    company = network.retailer()
    stripe_double.fault("answer_lost", "/v1/accounts", method="POST")
    with pytest.raises(StripeUnreachableError):
        connect(company, None, "onwer@hammer.example", "US")

    account = connect(company, None, "owner@hammer.example", "US")

    assert [each.id for each in stripe_client(test=False).v1.accounts.list().data] == [account.account_id]


def test_it_connects_an_account_that_stands(stripe_double):
    company = network.retailer()
    made = stripe_client(test=False).v1.accounts.create(params={"type": "standard"}).id
    stripe_double.onboard(made)

    account = connect(company, made, "", "US")

    assert (account.company_id, account.account_id, account.charges_enabled) == (company.pk, made, True)


def test_it_changes_to_another_account(retailer, stripe_double):
    before = retailer.stripe_account.account_id
    made = stripe_client(test=False).v1.accounts.create(params={"type": "standard"}).id

    connect(retailer, made, "", "US")

    assert StripeAccount.objects.get(company=retailer).account_id == made != before
    assert StripeAccount.objects.count() == 1


def test_it_refuses_an_account_of_nobody_we_know(retailer):
    before = retailer.stripe_account.account_id

    with pytest.raises(
        AccountRefusedError, match=r"does not let this platform act for the account acct_x \(account_inv"
    ):
        connect(retailer, "acct_x", "", "US")

    assert StripeAccount.objects.get(company=retailer).account_id == before


def test_it_refuses_the_account_of_another_company(retailer):
    with pytest.raises(AccountRefusedError, match="connected to another company"):
        connect(network.retailer(), retailer.stripe_account.account_id, "", "US")

    assert StripeAccount.objects.count() == 1


def test_it_says_that_access_was_taken_away(retailer, stripe_double):
    stripe_double.control("POST", f"accounts/{retailer.stripe_account.account_id}/deauthorize")

    account = sync_account(retailer)

    assert (account.charges_enabled, account.disabled_reason) == (False, "account_invalid")
    assert account.deauthorized_at is not None


def test_it_keeps_what_it_knew_while_stripe_does_not_answer(retailer, stripe_double):
    stripe_double.fault("answer_lost", "/v1/accounts/*")

    with pytest.raises(StripeUnreachableError, match="does not answer at the moment"):
        sync_account(retailer)

    assert StripeAccount.objects.get(company=retailer).charges_enabled


def test_it_gives_the_page_on_which_stripe_asks(stripe_double):
    company = network.retailer()
    account = connect(company, None, "", "US")

    url = account_link(company, return_url="http://testserver/back", refresh_url="http://testserver/again")

    assert url.startswith(f"{stripe_double.url}/setup/a/{account.account_id}/")


def test_it_knows_a_company_without_account(stripe_double):
    company = network.retailer(name="Hammer & Hearth")

    with pytest.raises(NotConnectedError, match="Hammer & Hearth has connected no Stripe account"):
        sync_account(company)
    with pytest.raises(NotConnectedError, match="Hammer & Hearth has connected no Stripe account"):
        account_link(company, return_url="http://testserver/back", refresh_url="http://testserver/again")


@pytest.fixture
def meanwhile(monkeypatch):
    """Has something happen while an answer of Stripe's is on its way; only the first question is so slow."""

    def happen(deed):
        ask = accounts._ask

        def slow(*of):
            monkeypatch.setattr(accounts, "_ask", ask)
            told = ask(*of)
            deed()
            return told

        monkeypatch.setattr(accounts, "_ask", slow)

    return happen


def test_an_answer_about_the_account_before_leads_no_money_back_to_it(retailer, stripe_double, meanwhile):
    made = stripe_client(test=False).v1.accounts.create(params={"type": "standard"}).id
    meanwhile(lambda: connect(retailer, made, "", "US"))

    account = sync_account(retailer)

    assert (account.account_id, account.charges_enabled) == (made, False)
    assert StripeAccount.objects.get(company=retailer).account_id == made


def test_an_answer_from_before_access_was_taken_away_does_not_open_the_account(
    retailer, stripe_double, meanwhile, clock
):
    def deauthorized():
        stripe_double.control("POST", f"accounts/{retailer.stripe_account.account_id}/deauthorize")
        clock.move(timedelta(seconds=1))
        sync_account(retailer)

    clock.freeze(clock.now())
    meanwhile(deauthorized)

    account = sync_account(retailer)

    assert (account.charges_enabled, account.disabled_reason) == (False, "account_invalid")
    assert account.deauthorized_at is not None
