from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stripe

if TYPE_CHECKING:
    from tests.sandbox.stripe.conftest import Platform


def test_it_holds_on_the_retailers_account(platform: Platform) -> None:
    intent = platform.hold(application_fee_amount=385, metadata={"line": "7"}, description="Order O3V36")
    charge = intent.latest_charge
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 11010, 0)
    assert (charge.captured, charge.amount_captured, charge.paid) == (False, 0, True)
    assert charge.payment_method_details.card.capture_before == intent.created + 7 * 24 * 3600
    assert charge.payment_method_details.card.last4 == "4242"
    assert intent.metadata["line"] == charge.metadata["line"] == "7"
    assert intent.application == "ca_" + platform.sdk.v1.accounts.retrieve_current().id.removeprefix("acct_")
    assert platform.moved() == [("hold", 11010)]
    assert platform.kinds()[-3:] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
    ]
    platform.check()


def test_it_keeps_accounts_apart(platform: Platform) -> None:
    intent = platform.hold()
    other = platform.connect()
    for options in ({}, {"stripe_account": other}):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            platform.sdk.v1.payment_intents.retrieve(intent.id, options=options)
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
        assert refused.value.user_message == f"No such payment_intent: '{intent.id}'"


def test_it_charges_at_once_without_manual_capture(platform: Platform) -> None:
    intent = platform.hold(capture_method="automatic")
    assert (intent.status, intent.amount_received, intent.latest_charge.captured) == ("succeeded", 11010, True)
    assert "capture_before" not in intent.latest_charge.payment_method_details.card
    assert platform.moved() == [("hold", 11010), ("capture", 11010)]
    assert "charge.captured" not in platform.kinds()


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
    ],
)
def test_it_declines_and_keeps_the_failed_charge(
    platform: Platform, card: str, code: str, decline_code: str | None
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        platform.hold(card)
    error = refused.value.error
    assert (refused.value.http_status, error.type, error.code) == (402, "card_error", code)
    assert getattr(error, "decline_code", None) == decline_code
    intent = platform.sdk.v1.payment_intents.retrieve(
        error.payment_intent.id, {"expand": ["latest_charge"]}, platform.on
    )
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error.code == code
    assert (intent.latest_charge.id, intent.latest_charge.status) == (error.charge, "failed")
    assert intent.latest_charge.outcome.reason == (decline_code or code)
    assert platform.moved() == []
    assert platform.kinds()[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    platform.check()


def test_it_holds_after_a_decline_with_another_card(platform: Platform) -> None:
    with pytest.raises(stripe.CardError) as refused:
        platform.hold("pm_card_visa_chargeDeclined")
    intent = platform.sdk.v1.payment_intents.confirm(
        refused.value.error.payment_intent.id, {"payment_method": "pm_card_mastercard"}, platform.on
    )
    assert (intent.status, intent.last_payment_error) == ("requires_capture", None)
    assert platform.moved() == [("hold", 11010)]
    platform.check()


def test_it_confirms_in_a_second_step(platform: Platform) -> None:
    intents = platform.sdk.v1.payment_intents
    intent = intents.create({"amount": 700, "currency": "usd", "allowed_payment_method_types": ["card"]}, platform.on)
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.confirm(intent.id, options=platform.on)
    assert refused.value.code == "payment_intent_unexpected_state"
    intent = intents.update(intent.id, {"payment_method": "pm_card_visa", "amount": 800}, platform.on)
    assert intent.status == "requires_confirmation"
    intent = intents.confirm(intent.id, {"capture_method": "manual"}, platform.on)
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 800)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.confirm(intent.id, options=platform.on)
    assert refused.value.error.payment_intent.id == intent.id
    with pytest.raises(stripe.InvalidRequestError):
        intents.update(intent.id, {"amount": 900}, platform.on)
    assert intents.retrieve(intent.id, options=platform.on).amount == 800


def test_it_wants_a_way_back_unless_redirects_are_ruled_out(platform: Platform) -> None:
    given = {"amount": 700, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    with pytest.raises(stripe.InvalidRequestError, match="you must provide a `return_url`"):
        platform.sdk.v1.payment_intents.create(given, platform.on)
    without_redirects = {**given, "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    assert platform.sdk.v1.payment_intents.create(without_redirects, platform.on).status == "succeeded"
    with_url = {**given, "return_url": "https://shop.example/done"}
    assert platform.sdk.v1.payment_intents.create(with_url, platform.on).status == "succeeded"


def test_it_lets_an_unattached_card_pay_once(platform: Platform) -> None:
    card = platform.sdk.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}, platform.on)
    platform.hold(card.id)
    with pytest.raises(stripe.InvalidRequestError, match="It may not be used again"):
        platform.hold(card.id)
    assert platform.moved() == [("hold", 11010)]


def test_it_lets_a_customers_card_pay_often_but_only_for_that_customer(platform: Platform) -> None:
    customer = platform.sdk.v1.customers.create({"email": "shopper@example.org"}, platform.on)
    card = platform.sdk.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id}, platform.on)
    platform.hold(card.id, customer=customer.id)
    platform.hold(card.id, customer=customer.id)
    with pytest.raises(stripe.InvalidRequestError, match=f"belongs to the Customer {customer.id}"):
        platform.hold(card.id)
    other = platform.sdk.v1.customers.create({}, platform.on)
    with pytest.raises(stripe.InvalidRequestError, match="does not belong to the Customer"):
        platform.hold(card.id, customer=other.id)
    assert platform.moved() == [("hold", 11010)] * 2


def test_it_keeps_the_card_for_later_if_asked_to(platform: Platform) -> None:
    customer = platform.sdk.v1.customers.create({}, platform.on)
    intent = platform.hold(customer=customer.id, setup_future_usage="off_session")
    kept = platform.sdk.v1.payment_methods.list({"customer": customer.id}, platform.on).data
    assert [each.id for each in kept] == [intent.payment_method]
    with pytest.raises(stripe.InvalidRequestError, match="you cannot set up future usages"):
        platform.hold(intent.payment_method, customer=customer.id, setup_future_usage="off_session", off_session=True)


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 0}, "parameter_invalid_integer", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"currency": "xyz"}, None, "currency"),
        ({"application_fee_amount": 11011}, None, "application_fee_amount"),
        ({"off_session": True, "confirm": False}, None, "off_session"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
        ({"payment_method": "pm_none"}, "resource_missing", "payment_method"),
        ({"metadata": {"k": "v" * 501}}, "parameter_invalid_string_length", "metadata[k]"),
    ],
)
def test_it_refuses_what_stripe_refuses(
    platform: Platform, given: dict[str, object], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.hold(**given)
    assert (refused.value.code, refused.value.param) == (code, param)
    assert platform.sdk.v1.payment_intents.list({}, platform.on).data == []


def test_it_takes_no_application_fee_on_the_platforms_own_charges(platform: Platform) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.payment_intents.create({"amount": 1000, "currency": "usd", "application_fee_amount": 10})
    assert refused.value.param == "application_fee_amount"


def test_it_knows_currencies_without_minor_units(platform: Platform) -> None:
    intent = platform.paid(amount=500, currency="jpy")
    assert intent.amount_received == 500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.hold(amount=49, currency="jpy")
    assert refused.value.user_message == "Amount must be at least ¥50 jpy"
    with pytest.raises(stripe.InvalidRequestError, match="last digit must be 0"):
        platform.hold(amount=1005, currency="kwd")
    assert platform.hold(amount=1010, currency="kwd").status == "requires_capture"
    platform.check()


def test_it_refuses_holds_on_an_account_that_can_not_charge(platform: Platform) -> None:
    platform.program.post(f"/_double/accounts/{platform.account}/disable")
    with pytest.raises(stripe.InvalidRequestError, match="cannot currently make charges"):
        platform.hold()
    assert platform.moved() == []


def test_it_makes_one_intent_of_a_platforms_card_shared_with_the_account(platform: Platform) -> None:
    customer = platform.sdk.v1.customers.create({"email": "shopper@example.org"})
    kept = platform.sdk.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.hold(kept.id)
    assert refused.value.code == "resource_missing"
    for _ in range(2):
        copy = platform.sdk.v1.payment_methods.create({"customer": customer.id, "payment_method": kept.id}, platform.on)
        assert (copy.customer, copy.card.fingerprint) == (None, kept.card.fingerprint)
        platform.hold(copy.id)
        with pytest.raises(stripe.InvalidRequestError, match="It may not be used again"):
            platform.hold(copy.id)
    assert platform.moved() == [("hold", 11010)] * 2


def test_it_spends_a_card_without_customer_when_it_is_shared(platform: Platform) -> None:
    card = platform.sdk.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    platform.sdk.v1.payment_methods.create({"payment_method": card.id}, platform.on)
    with pytest.raises(stripe.InvalidRequestError, match="It may not be used again"):
        platform.sdk.v1.payment_methods.create({"payment_method": card.id}, platform.on)
