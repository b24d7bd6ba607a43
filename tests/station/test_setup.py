"""The owner's set-up page of Buy it Locally, with the payment double's own pages behind its buttons."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
import pytest

from pushcart.companies.models import StripeAccount
from pushcart.companies.owner_link import owner_token
from pushcart.eligibility.models import Standing
from pushcart.events.models import Event
from pushcart.kit import clock as kit_clock
from pushcart.payments.client import stripe_client
from pushcart.sandbox.stripe.keys import client_id
from pushcart.stores.models import TaxRate
from tests import network
from tests.doubles import SECRET_KEY, clock_file

if TYPE_CHECKING:
    from pushcart.companies.models import Company

__all__ = ["clock_file"]


@pytest.fixture
def company(transactional_db, stripe_double, settings) -> Company:
    settings.PUBLIC_URL = "http://testserver"
    settings.STRIPE_CLIENT_ID = client_id(SECRET_KEY)
    return network.retailer(slug="hearth", name="Hearth")


def page(client: Any, company: Company) -> str:
    answer = client.get(f"/setup/{owner_token(company)}")
    assert answer.status_code == 200
    return read(answer)


def read(answer: Any) -> str:
    return " ".join(html.unescape(answer.content.decode()).split())


def post(client: Any, company: Company, step: str, **form: Any) -> Any:
    return client.post(f"/setup/{owner_token(company)}/{step}", form)


def click(url: str, **form: str) -> str:
    """Presses a button of a page of the double's, and says where that leads."""
    body, kind = urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}
    answer = httpx.post(url, content=body, headers=kind, trust_env=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def follow(client: Any, url: str) -> Any:
    assert url.startswith("http://testserver/")
    return client.get(url.removeprefix("http://testserver"), follow=True)


def told(company: Company) -> list[tuple[str, dict[str, Any]]]:
    ours = Event.objects.filter(company_id=company.pk).exclude(type="eligibility.changed").order_by("number")
    return [(event.type, event.data) for event in ours]


def test_it_begins_with_three_things_to_do(client, company):
    network.store(company, name="North")
    said = page(client, company)
    assert said.count('class="state todo"') == 3
    assert "The store has no sales tax rate in force, so nothing can be ordered there." in said
    assert "Open a Stripe account" in said
    assert "Connect an existing account" in said
    assert "Enter a card" in said


def test_it_sells_once_all_three_are_done(client, company):
    there = network.store(company, name="North", pushcart=False)

    assert post(client, company, "rates", store=there.pk, rate="8,25 %").status_code == 302
    onboarding = post(client, company, "account", do="new")["Location"]
    assert "Hearth" not in follow(client, click(onboarding, do="leave")).redirect_chain[0][0]
    assert "Stripe still waits for answers before the account may charge cards." in page(client, company)
    follow(client, click(post(client, company, "account", do="open")["Location"], do="submit"))
    entering = post(client, company, "card", do="enter")["Location"]
    follow(client, click(entering, card="visa"))

    said = page(client, company)
    assert said.count('class="state done"') == 3
    assert "All is set up: shoppers can order from 1 of your stores." in said
    assert "8.25 % since" in said
    assert "Visa ending in 4242 pays PushCart's invoices to you." in said
    assert Standing.objects.get(store=there).standard
    account = StripeAccount.objects.get(company=company).account_id
    assert told(company) == [
        ("payments.account_connected", {"account": account}),
        ("payments.billing_card", {"brand": "visa", "last4": "4242"}),
    ]
    company.refresh_from_db()
    customer = stripe_client(test=False).v1.customers.retrieve(company.billing_customer)
    assert customer.invoice_settings.default_payment_method == company.billing_payment_method


def test_it_connects_the_account_that_the_owner_has(client, company):
    there = post(client, company, "account", do="existing")["Location"]
    assert "redirect_uri=http%3A%2F%2Ftestserver%2Fsetup%2Fjoined" in there
    follow(client, click(there, do="connect"))
    account = StripeAccount.objects.get(company=company)
    assert account.charges_enabled
    assert f"The account {account.account_id} takes payments." in page(client, company)


def test_an_owner_may_refuse(client, company):
    answer = follow(client, click(post(client, company, "account", do="existing")["Location"], do="refuse"))
    assert answer.status_code == 200
    assert not StripeAccount.objects.filter(company=company).exists()


def test_a_link_can_not_lead_the_money_elsewhere(client, company, stripe_double):
    stripe_double.connect(company)
    there = post(client, company, "account", do="existing")["Location"]
    answer = follow(client, click(there, do="connect"))
    assert answer.status_code == 409
    assert "The Stripe account that is connected works; ask PushCart to change it." in read(answer)
    assert StripeAccount.objects.get(company=company).account_id == company.stripe_account.account_id


def test_an_owner_connects_again_after_taking_access_away(client, company, stripe_double):
    account = stripe_double.connect(company)
    stripe_double.control("POST", f"accounts/{account.account_id}/deauthorize")
    follow(client, post(client, company, "account", do="check")["Location"])
    said = page(client, company)
    assert f"The account {account.account_id} has taken PushCart's access away" in said
    assert 'class="state trouble"' in said
    follow(client, click(post(client, company, "account", do="existing")["Location"], do="connect"))
    assert StripeAccount.objects.get(company=company).charges_enabled
    assert StripeAccount.objects.filter(company=company).count() == 1


def test_it_opens_express_accounts_where_the_operator_says_so(client, company, settings):
    settings.STRIPE_ACCOUNT_TYPE = "express"
    follow(client, click(post(client, company, "account", do="new")["Location"], do="submit"))
    account = StripeAccount.objects.get(company=company)
    assert account.charges_enabled
    told_of = stripe_client(test=False).v1.accounts.retrieve(account.account_id)
    assert (told_of.type, told_of.capabilities.card_payments) == ("express", "active")


def test_a_code_works_once(client, company):
    back = click(post(client, company, "account", do="existing")["Location"], do="connect")
    follow(client, back)
    StripeAccount.objects.filter(company=company).update(charges_enabled=False)
    answer = follow(client, back)
    assert answer.status_code == 409
    assert "Stripe did not give access (invalid_grant); please try again." in read(answer)


def test_a_card_that_wants_its_bank_is_kept_after_3d_secure(client, company):
    bank = click(post(client, company, "card", do="enter")["Location"], card="authenticationRequired")
    assert "/3ds/seti_" in bank
    back = httpx.get(click(bank, do="pass"), trust_env=False)
    follow(client, back.headers["Location"])
    company.refresh_from_db()
    assert (company.billing_card_brand, company.billing_card_last4) == ("visa", "3184")


def test_a_card_that_fails_3d_secure_is_not_kept(client, company):
    bank = click(post(client, company, "card", do="enter")["Location"], card="authenticationRequired")
    back = httpx.get(click(bank, do="fail"), trust_env=False)
    assert (back.status_code, "did not confirm the card" in back.text) == (402, True)
    assert "Enter a card" in page(client, company)


def test_a_card_is_replaced_and_the_old_one_goes(client, company):
    for card in ("visa", "mastercard"):
        follow(client, click(post(client, company, "card", do="enter")["Location"], card=card))
    company.refresh_from_db()
    assert (company.billing_card_brand, company.billing_card_last4) == ("mastercard", "4444")
    kept = stripe_client(test=False).v1.customers.payment_methods.list(company.billing_customer).data
    assert [method.id for method in kept] == [company.billing_payment_method]


def test_a_card_is_removed(client, company):
    there = network.whole_store(company)
    follow(client, click(post(client, company, "card", do="enter")["Location"], card="visa"))
    network.stripe_account(company)
    assert post(client, company, "card", do="remove").status_code == 302
    company.refresh_from_db()
    assert (company.billing_payment_method, company.billing_card_last4) == ("", "")
    assert not stripe_client(test=False).v1.customers.payment_methods.list(company.billing_customer).data
    assert [reason["code"] for reason in Standing.objects.get(store=there).reasons][:1] == ["billing_missing"]
    assert told(company)[-1] == ("payments.billing_card", {"brand": "", "last4": ""})


def test_the_card_stays_where_stripe_gives_no_answer(client, company, stripe_double):
    follow(client, click(post(client, company, "card", do="enter")["Location"], card="visa"))
    stripe_double.fault("answer_lost", "/v1/payment_methods/*/detach")
    answer = post(client, company, "card", do="remove")
    assert answer.status_code == 503
    assert "The payment service does not answer at the moment; try again in a minute." in read(answer)
    company.refresh_from_db()
    assert company.billing_card_last4 == "4242"
    assert post(client, company, "card", do="remove").status_code == 302
    company.refresh_from_db()
    assert company.billing_card_last4 == ""


def test_a_rate_comes_into_force_on_its_day(client, company, clock):
    there = network.store(company, name="North", timezone="America/New_York")
    day = (kit_clock.now() + timedelta(days=10)).date()
    assert post(client, company, "rates", store=there.pk, rate="7.5", day=day.isoformat()).status_code == 302
    rate = TaxRate.objects.get(store=there)
    assert (str(rate.rate), rate.valid_from.hour in {4, 5}) == ("0.07500", True)
    assert "no rate yet, then 7.5 % from" in page(client, company)
    clock.move(timedelta(days=11))
    assert "7.5 % since" in page(client, company)


@pytest.mark.parametrize(
    ("form", "trouble"),
    [
        ({"rate": "a lot"}, "'a lot' is no rate: write 8.25 for 8.25 %."),
        ({"rate": "82.5"}, "82.5 % is no sales tax rate: write 8.25 for 8.25 %."),
        ({"rate": "NaN"}, "is no sales tax rate"),
        ({"rate": "8", "day": "soon"}, "'soon' is no day: write it as 2027-01-31."),
        ({"rate": "8", "day": "2020-01-01"}, "2020-01-01 is past: orders keep the rate that they were placed with."),
        ({"rate": "8", "store": ""}, "Choose the stores that the rate is for."),
    ],
)
def test_it_says_what_is_wrong_with_a_rate(client, company, form, trouble):
    there = network.store(company)
    answer = post(client, company, "rates", **{"store": there.pk, **form})
    assert answer.status_code == 422
    assert trouble in read(answer)
    assert not TaxRate.objects.exists()


def test_it_sets_no_rate_for_another_companys_store(client, company):
    other = network.store(network.retailer())
    assert post(client, company, "rates", store=other.pk, rate="8").status_code == 422
    assert not TaxRate.objects.exists()


def test_its_link_is_the_proof(client, company, clock):
    token = owner_token(company)
    for forged in ("x", token[:-2], token.replace(":", ".", 1)):
        assert client.get(f"/setup/{forged}").status_code == 404
        assert client.post(f"/setup/{forged}/card", {"do": "remove"}).status_code == 404
    company.email = "new@owner.example"
    company.save(update_fields=["email"])
    answer = client.get(f"/setup/{token}")
    assert answer.status_code == 404
    assert "This link was made for another owner: ask PushCart for a new one." in read(answer)


def test_looking_changes_nothing(client, company):
    network.store(company)
    assert client.head(f"/setup/{owner_token(company)}").status_code == 200
    for step in ("rates", "account", "card"):
        assert client.get(f"/setup/{owner_token(company)}/{step}").status_code == 405
    assert told(company) == []


def test_it_says_when_stripe_gives_no_answer(client, company, stripe_double):
    stripe_double.fault("answer_lost", "/v1/accounts")
    answer = post(client, company, "account", do="new")
    assert answer.status_code == 503
    assert not StripeAccount.objects.exists()
    assert post(client, company, "account", do="new").status_code == 302
    assert len(stripe_client(test=False).v1.accounts.list().data) == 1
