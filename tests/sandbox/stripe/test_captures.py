from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import stripe

if TYPE_CHECKING:
    from types import ModuleType

    from tests.sandbox.stripe.conftest import Platform


def test_it_captures_a_hold_in_full(platform: Platform) -> None:
    intent = platform.paid(application_fee_amount=385)
    charge = intent.latest_charge
    assert (intent.status, intent.amount_received, intent.amount_capturable) == ("succeeded", 11010, 0)
    assert (charge.captured, charge.amount_captured, charge.amount_refunded, charge.refunded) == (True, 11010, 0, False)
    assert platform.moved() == [("hold", 11010), ("capture", 11010)]
    assert platform.kinds()[-2:] == ["charge.captured", "payment_intent.succeeded"]
    platform.check()


def test_it_captures_a_part_and_releases_the_rest_without_a_refund(platform: Platform) -> None:
    hold = platform.hold(application_fee_amount=9000)
    intent = platform.sdk.v1.payment_intents.capture(
        hold.id, {"amount_to_capture": 8000, "expand": ["latest_charge.refunds"]}, platform.on
    )
    charge = intent.latest_charge
    assert (intent.amount_received, intent.amount_capturable) == (8000, 0)
    assert (charge.amount, charge.amount_captured, charge.amount_refunded) == (11010, 8000, 0)
    assert charge.refunds.data == []
    assert charge.application_fee_amount == 8000  # capped at what was captured
    assert platform.moved() == [("hold", 11010), ("capture", 8000), ("release", 3010)]
    platform.check()


def test_it_captures_once(platform: Platform) -> None:
    intent = platform.paid()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.payment_intents.capture(intent.id, options=platform.on)
    assert refused.value.code == "payment_intent_unexpected_state"
    assert refused.value.user_message == (
        "This PaymentIntent could not be captured because it has already been captured."
    )
    assert refused.value.error.payment_intent.status == "succeeded"
    assert platform.moved() == [("hold", 11010), ("capture", 11010)]


@pytest.mark.parametrize(("amount", "code"), [(11011, "amount_too_large"), (0, "parameter_invalid_integer")])
def test_it_captures_no_more_than_is_held(platform: Platform, amount: int, code: str) -> None:
    hold = platform.hold()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.payment_intents.capture(hold.id, {"amount_to_capture": amount}, platform.on)
    assert (refused.value.code, refused.value.param) == (code, "amount_to_capture")
    assert platform.sdk.v1.payment_intents.retrieve(hold.id, options=platform.on).status == "requires_capture"
    assert platform.moved() == [("hold", 11010)]


def test_it_cancels_a_hold_without_a_refund(platform: Platform) -> None:
    hold = platform.hold()
    intent = platform.sdk.v1.payment_intents.cancel(
        hold.id, {"cancellation_reason": "requested_by_customer", "expand": ["latest_charge.refunds"]}, platform.on
    )
    charge = intent.latest_charge
    assert (intent.status, intent.cancellation_reason) == ("canceled", "requested_by_customer")
    assert (charge.captured, charge.amount_captured, charge.refunded, charge.refunds.data) == (False, 0, False, [])
    assert platform.moved() == [("hold", 11010), ("release", 11010)]
    assert platform.kinds()[-1] == "payment_intent.canceled"
    with pytest.raises(stripe.InvalidRequestError, match="because it has a status of canceled"):
        platform.sdk.v1.payment_intents.cancel(hold.id, options=platform.on)
    with pytest.raises(stripe.InvalidRequestError, match="because it has a status of canceled"):
        platform.sdk.v1.payment_intents.capture(hold.id, options=platform.on)
    assert platform.moved() == [("hold", 11010), ("release", 11010)]
    platform.check()


def test_it_cancels_nothing_that_was_captured(platform: Platform) -> None:
    intent = platform.paid()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.payment_intents.cancel(intent.id, options=platform.on)
    assert refused.value.code == "payment_intent_unexpected_state"
    assert platform.moved() == [("hold", 11010), ("capture", 11010)]


def test_a_hold_lapses_after_seven_days(platform: Platform, clock_of_double: ModuleType) -> None:
    hold = platform.hold()
    clock_of_double.move(timedelta(days=7, seconds=-60))
    assert platform.sdk.v1.payment_intents.retrieve(hold.id, options=platform.on).status == "requires_capture"
    clock_of_double.move(timedelta(seconds=60))
    intent = platform.sdk.v1.payment_intents.retrieve(hold.id, options=platform.on)
    assert (intent.status, intent.cancellation_reason) == ("canceled", "expired")
    assert intent.canceled_at >= hold.latest_charge.payment_method_details.card.capture_before
    with pytest.raises(stripe.InvalidRequestError, match="because it has a status of canceled"):
        platform.sdk.v1.payment_intents.capture(hold.id, options=platform.on)
    assert platform.moved() == [("hold", 11010), ("release", 11010)]
    assert platform.kinds()[-2:] == ["charge.expired", "payment_intent.canceled"]
    platform.check()


def test_a_captured_hold_does_not_lapse(platform: Platform, clock_of_double: ModuleType) -> None:
    intent = platform.paid()
    clock_of_double.move(timedelta(days=8))
    assert platform.sdk.v1.payment_intents.retrieve(intent.id, options=platform.on).status == "succeeded"
    assert platform.moved() == [("hold", 11010), ("capture", 11010)]


def test_the_bank_can_go_back_on_its_hold(platform: Platform) -> None:
    hold = platform.hold("pm_card_captureDeclined")
    with pytest.raises(stripe.CardError) as refused:
        platform.sdk.v1.payment_intents.capture(hold.id, options=platform.on)
    assert (refused.value.code, refused.value.error.decline_code) == ("card_declined", "generic_decline")
    assert refused.value.error.payment_intent.status == "requires_payment_method"
    charge = platform.sdk.v1.charges.retrieve(hold.latest_charge.id, options=platform.on)
    assert (charge.status, charge.captured, charge.failure_code) == ("failed", False, "card_declined")
    assert platform.moved() == [("hold", 11010), ("release", 11010)]
    platform.check()


def test_a_captures_answer_can_get_lost(platform: Platform) -> None:
    hold = platform.hold("pm_card_captureAnswerLost")
    options = {**platform.on, "idempotency_key": "line-1-capture-1"}
    with pytest.raises(stripe.APIConnectionError):
        platform.sdk.v1.payment_intents.capture(hold.id, options=options)
    assert platform.sdk.v1.payment_intents.retrieve(hold.id, options=platform.on).status == "succeeded"
    again = platform.sdk.v1.payment_intents.capture(hold.id, options=options)
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert platform.moved() == [("hold", 11010), ("capture", 11010)]
    platform.check()
