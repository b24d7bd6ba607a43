from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stripe

from pushcart.sandbox.stripe.cards import CARDS, Card

if TYPE_CHECKING:
    from tests.sandbox.stripe.conftest import Platform


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.slug)
def test_every_test_card_is_known_by_number_name_and_token(platform: Platform, card: Card) -> None:
    methods = platform.sdk.v1.payment_methods
    by_number = methods.create({"type": "card", "card": {"number": card.number, "exp_month": 12, "exp_year": 2034}})
    by_token = methods.create({"type": "card", "card": {"token": f"tok_{card.slug}"}})
    by_name = methods.retrieve(f"pm_card_{card.slug}")
    assert {each.card.fingerprint for each in (by_number, by_token, by_name)} == {by_name.card.fingerprint}
    assert {each.card.last4 for each in (by_number, by_token, by_name)} == {card.number[-4:]}
    assert len({by_number.id, by_token.id, by_name.id}) == 3


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"number": "4242424242424241", "exp_month": 12, "exp_year": 2034}, "incorrect_number"),
        ({"number": "4000001234567899", "exp_month": 12, "exp_year": 2034}, "card_declined"),
        ({"number": "4242424242424242", "exp_month": 13, "exp_year": 2034}, "invalid_expiry_month"),
        ({"number": "4242424242424242", "exp_month": 12, "exp_year": 2019}, "invalid_expiry_year"),
    ],
)
def test_it_refuses_cards_that_can_not_be(platform: Platform, given: dict[str, object], code: str) -> None:
    with pytest.raises(stripe.CardError) as refused:
        platform.sdk.v1.payment_methods.create({"type": "card", "card": given})
    assert refused.value.code == code


def test_a_pages_token_becomes_a_card_once(platform: Platform) -> None:
    page = platform.program.client(platform.key.replace("sk_", "pk_"))
    number = {"number": "5555555555554444", "exp_month": "12", "exp_year": "34"}
    token = page.v1.tokens.create({"card": number})
    method = platform.sdk.v1.payment_methods.create({"type": "card", "card": {"token": token.id}})
    assert (method.card.brand, method.card.exp_year) == ("mastercard", 2034)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.payment_methods.create({"type": "card", "card": {"token": token.id}})
    assert refused.value.code == "token_already_used"
    assert platform.sdk.v1.tokens.retrieve(token.id).used is True


def test_a_pages_key_can_do_no_more_than_a_page(platform: Platform) -> None:
    page = platform.program.client(platform.key.replace("sk_", "pk_"))
    with pytest.raises(stripe.PermissionError) as refused:
        page.v1.payment_intents.list()
    assert refused.value.error.code == "secret_key_required"


def test_a_customer_keeps_and_loses_a_card(platform: Platform) -> None:
    customer = platform.sdk.v1.customers.create({"email": "a@example.org"})
    card = platform.sdk.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert [each.id for each in platform.sdk.v1.customers.payment_methods.list(customer.id).data] == [card.id]
    other = platform.sdk.v1.customers.create({})
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        platform.sdk.v1.payment_methods.attach(card.id, {"customer": other.id})
    assert platform.sdk.v1.payment_methods.detach(card.id).customer is None
    with pytest.raises(stripe.InvalidRequestError, match="detachment is impossible"):
        platform.sdk.v1.payment_methods.detach(card.id)
    with pytest.raises(stripe.InvalidRequestError, match="It may not be used again"):
        platform.sdk.v1.payment_methods.attach(card.id, {"customer": customer.id})


def test_a_customer_can_not_keep_a_bad_card(platform: Platform) -> None:
    customer = platform.sdk.v1.customers.create({})
    with pytest.raises(stripe.CardError) as refused:
        platform.sdk.v1.payment_methods.attach("pm_card_visa_chargeDeclined", {"customer": customer.id})
    assert refused.value.code == "card_declined"
    assert platform.sdk.v1.payment_methods.list({"customer": customer.id}).data == []
    kept = platform.sdk.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    assert kept.customer == customer.id


def test_customers_are_written_changed_and_deleted(platform: Platform) -> None:
    customers = platform.sdk.v1.customers
    customer = customers.create(
        {
            "email": "a@example.org",
            "name": "Ann",
            "address": {"city": "Boise"},
            "metadata": {"company": "9"},
            "payment_method": "pm_card_visa",
        }
    )
    customer = customers.update(
        customer.id, {"name": "Anna", "address": "", "metadata": {"company": "10"}, "phone": "+15550100"}
    )
    assert (customer.name, customer.address, customer.phone) == ("Anna", None, "+15550100")
    assert customer.metadata["company"] == "10"
    assert [each.id for each in customers.list({"email": "a@example.org"}).data] == [customer.id]
    assert customers.delete(customer.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        customers.retrieve(customer.id)


def test_a_cards_billing_details_can_be_changed(platform: Platform) -> None:
    card = platform.sdk.v1.payment_methods.create(
        {
            "type": "card",
            "card": {"token": "tok_visa"},
            "billing_details": {"name": "Ann", "address": {"city": "Boise"}},
        }
    )
    card = platform.sdk.v1.payment_methods.update(
        card.id, {"billing_details": {"email": "a@example.org", "address": {"state": "ID"}}}
    )
    details = card.billing_details
    assert (details.name, details.email, details.address.city, details.address.state) == (
        "Ann",
        "a@example.org",
        "Boise",
        "ID",
    )


def test_a_card_can_not_be_shared_with_the_platform_itself_nor_by_another_customer(platform: Platform) -> None:
    customer = platform.sdk.v1.customers.create({})
    kept = platform.sdk.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError, match="Stripe-Account header"):
        platform.sdk.v1.payment_methods.create({"customer": customer.id, "payment_method": kept.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.payment_methods.create({"payment_method": kept.id}, platform.on)
    assert refused.value.param == "customer"
