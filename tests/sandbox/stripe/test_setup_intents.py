from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stripe

if TYPE_CHECKING:
    from tests.sandbox.stripe.conftest import Platform

_CARDS_ONLY = {"allowed_payment_method_types": ["card"], "usage": "off_session"}


def test_it_keeps_a_card_for_off_session_holds(platform: Platform) -> None:
    customer = platform.sdk.v1.customers.create({})
    intent = platform.sdk.v1.setup_intents.create(
        {**_CARDS_ONLY, "customer": customer.id, "payment_method": "pm_card_visa", "confirm": True}
    )
    assert (intent.status, intent.usage, intent.next_action) == ("succeeded", "off_session", None)
    kept = platform.sdk.v1.payment_methods.retrieve(intent.payment_method)
    assert kept.customer == customer.id
    assert platform.sdk.v1.setup_intents.retrieve(intent.id, {"expand": ["latest_attempt"]}).latest_attempt.status == (
        "succeeded"
    )


def test_a_card_that_wants_authentication_pays_off_session_after_it(platform: Platform) -> None:
    customer = platform.sdk.v1.customers.create({})
    given = {**_CARDS_ONLY, "customer": customer.id, "payment_method": "pm_card_authenticationRequiredOnSetup"}
    intent = platform.sdk.v1.setup_intents.create({**given, "confirm": True, "return_url": "https://shop.example/back"})
    assert (intent.status, intent.next_action.type) == ("requires_action", "redirect_to_url")
    assert intent.next_action.redirect_to_url.url == f"{platform.program.url}/3ds/{intent.id}"
    platform.program.post(f"/_double/intents/{intent.id}/authenticate")
    intent = platform.sdk.v1.setup_intents.retrieve(intent.id)
    assert (intent.status, intent.next_action) == ("succeeded", None)
    copy = platform.sdk.v1.payment_methods.create(
        {"customer": customer.id, "payment_method": intent.payment_method}, platform.on
    )
    hold = platform.hold(copy.id, off_session=True)
    assert hold.status == "requires_capture"
    assert hold.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"


def test_without_a_set_up_it_is_refused_off_session(platform: Platform) -> None:
    with pytest.raises(stripe.CardError) as refused:
        platform.hold("pm_card_authenticationRequiredOnSetup", off_session=True)
    assert (refused.value.code, refused.value.error.decline_code) == ("authentication_required",) * 2
    assert refused.value.error.payment_intent.status == "requires_payment_method"
    assert platform.moved() == []
    platform.check()


@pytest.mark.parametrize("passed", [True, False])
def test_on_session_the_shopper_authenticates(platform: Platform, passed: bool) -> None:
    hold = platform.hold("pm_card_authenticationRequired")
    assert (hold.status, hold.next_action.type, hold.latest_charge) == ("requires_action", "use_stripe_sdk", None)
    platform.program.post(f"/_double/intents/{hold.id}/authenticate", passed=passed)
    intent = platform.sdk.v1.payment_intents.retrieve(hold.id, options=platform.on)
    assert intent.status == ("requires_capture" if passed else "requires_payment_method")
    assert platform.moved() == ([("hold", 11010)] if passed else [])
    if not passed:
        assert intent.last_payment_error.code == "payment_intent_authentication_failure"


def test_a_failed_authentication_wants_another_card(platform: Platform) -> None:
    given = {**_CARDS_ONLY, "payment_method": "pm_card_authenticationRequiredOnSetup", "confirm": True}
    intent = platform.sdk.v1.setup_intents.create(given)
    platform.program.post(f"/_double/intents/{intent.id}/authenticate", passed=False)
    intent = platform.sdk.v1.setup_intents.retrieve(intent.id)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_setup_error.code == "setup_intent_authentication_failure"


def test_a_bad_card_is_refused_at_set_up(platform: Platform) -> None:
    with pytest.raises(stripe.CardError) as refused:
        platform.sdk.v1.setup_intents.create(
            {**_CARDS_ONLY, "payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds", "confirm": True}
        )
    assert refused.value.error.decline_code == "insufficient_funds"
    assert refused.value.error.setup_intent.status == "requires_payment_method"


def test_a_card_can_pass_set_up_and_fail_to_pay(platform: Platform) -> None:
    customer = platform.sdk.v1.customers.create({}, platform.on)
    given = {**_CARDS_ONLY, "customer": customer.id, "payment_method": "pm_card_chargeCustomerFail", "confirm": True}
    intent = platform.sdk.v1.setup_intents.create(given, platform.on)
    assert intent.status == "succeeded"
    with pytest.raises(stripe.CardError) as refused:
        platform.hold(intent.payment_method, customer=customer.id, off_session=True)
    assert refused.value.code == "card_declined"


def test_it_is_confirmed_updated_and_canceled_in_steps(platform: Platform) -> None:
    intents = platform.sdk.v1.setup_intents
    intent = intents.create({**_CARDS_ONLY, "metadata": {"cart": "O3V36"}})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.confirm(intent.id)
    assert refused.value.code == "setup_intent_unexpected_state"
    assert intents.update(intent.id, {"payment_method": "pm_card_visa"}).status == "requires_confirmation"
    assert intents.confirm(intent.id).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="has a status of succeeded"):
        intents.cancel(intent.id)
    other = intents.create(_CARDS_ONLY)
    assert intents.cancel(other.id, {"cancellation_reason": "abandoned"}).cancellation_reason == "abandoned"
    assert [each.id for each in intents.list({}).data] == [other.id, intent.id]


def test_it_wants_a_way_back_unless_redirects_are_ruled_out(platform: Platform) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="you must provide a `return_url`"):
        platform.sdk.v1.setup_intents.create({"payment_method": "pm_card_visa", "confirm": True})
