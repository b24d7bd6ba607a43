from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import stripe

if TYPE_CHECKING:
    from types import ModuleType

    from tests.sandbox.stripe.conftest import Platform

_HOLD = {
    "amount": 11010,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types": ["card"],
    "capture_method": "manual",
    "confirm": True,
}


def test_the_same_key_gets_the_first_answer_again(platform: Platform) -> None:
    options = {**platform.on, "idempotency_key": "line-7-hold-1"}
    first = platform.sdk.v1.payment_intents.create(_HOLD, options)
    again = platform.sdk.v1.payment_intents.create(_HOLD, options)
    assert again.to_dict() == first.to_dict()
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert again.last_response.headers["Idempotency-Key"] == "line-7-hold-1"
    assert platform.moved() == [("hold", 11010)]


def test_the_same_key_for_another_request_is_refused(platform: Platform) -> None:
    options = {**platform.on, "idempotency_key": "line-7-hold-1"}
    intent = platform.sdk.v1.payment_intents.create(_HOLD, options)
    for ask in (
        lambda: platform.sdk.v1.payment_intents.create({**_HOLD, "amount": 11011}, options),
        lambda: platform.sdk.v1.payment_intents.cancel(intent.id, options=options),
    ):
        with pytest.raises(stripe.IdempotencyError) as refused:
            ask()
        assert refused.value.http_status == 400
    assert platform.moved() == [("hold", 11010)]


def test_keys_are_each_accounts_own(platform: Platform) -> None:
    other = platform.connect()
    one = platform.sdk.v1.payment_intents.create(_HOLD, {**platform.on, "idempotency_key": "k"})
    two = platform.sdk.v1.payment_intents.create(_HOLD, {"stripe_account": other, "idempotency_key": "k"})
    three = platform.sdk.v1.payment_intents.create(_HOLD, {"idempotency_key": "k"})
    assert len({one.id, two.id, three.id}) == 3


def test_a_decline_is_kept_under_its_key(platform: Platform) -> None:
    options = {**platform.on, "idempotency_key": "line-7-hold-1"}
    errors = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            platform.sdk.v1.payment_intents.create({**_HOLD, "payment_method": "pm_card_chargeDeclined"}, options)
        errors.append(refused.value)
    assert errors[0].error.payment_intent.id == errors[1].error.payment_intent.id
    assert errors[1].headers["Idempotent-Replayed"] == "true"
    assert len(platform.sdk.v1.payment_intents.list({}, platform.on).data) == 1


def test_a_malformed_request_leaves_its_key_free(platform: Platform) -> None:
    options = {**platform.on, "idempotency_key": "line-7-hold-1"}
    with pytest.raises(stripe.InvalidRequestError):
        platform.sdk.v1.payment_intents.create({**_HOLD, "colour": "red"}, options)
    assert platform.sdk.v1.payment_intents.create(_HOLD, options).status == "requires_capture"


def test_a_refused_act_keeps_its_key(platform: Platform) -> None:
    hold = platform.hold()
    options = {**platform.on, "idempotency_key": "line-7-capture-1"}
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="greater than the authorized amount"):
            platform.sdk.v1.payment_intents.capture(hold.id, {"amount_to_capture": 99999}, options)
    with pytest.raises(stripe.IdempotencyError):
        platform.sdk.v1.payment_intents.capture(hold.id, options=options)
    assert platform.moved() == [("hold", 11010)]


def test_a_second_request_while_the_first_is_answered_is_a_conflict(platform: Platform) -> None:
    platform.program.post(
        "/_double/faults", effect="slow", path="/v1/payment_intents", account=platform.account, seconds=0.8
    )
    options = {**platform.on, "idempotency_key": "line-7-hold-1"}
    answers: list[object] = []

    def first() -> None:
        answers.append(platform.sdk.v1.payment_intents.create(_HOLD, options))

    thread = threading.Thread(target=first)
    thread.start()
    while not platform.program.get("/_double/faults")[-1]["hits"]:
        pass
    with pytest.raises(stripe.APIError) as refused:
        platform.sdk.v1.payment_intents.create(_HOLD, options)
    assert (refused.value.http_status, refused.value.error.code) == (409, "idempotency_key_in_use")
    assert refused.value.headers["Stripe-Should-Retry"] == "true"
    thread.join()
    assert platform.sdk.v1.payment_intents.create(_HOLD, options).id == answers[0].id
    assert platform.moved() == [("hold", 11010)]


def test_a_key_is_forgotten_after_a_day(platform: Platform, clock_of_double: ModuleType) -> None:
    options = {**platform.on, "idempotency_key": "line-7-hold-1"}
    first = platform.sdk.v1.payment_intents.create(_HOLD, options)
    clock_of_double.move(timedelta(hours=23))
    assert platform.sdk.v1.payment_intents.create(_HOLD, options).id == first.id
    clock_of_double.move(timedelta(hours=2))
    assert platform.sdk.v1.payment_intents.create(_HOLD, options).id != first.id
    assert platform.moved() == [("hold", 11010)] * 2


def test_a_key_can_be_too_long(platform: Platform) -> None:
    with pytest.raises(stripe.IdempotencyError):
        platform.sdk.v1.customers.create({}, {"idempotency_key": "k" * 256})


def test_the_sdk_itself_survives_a_lost_answer(platform: Platform) -> None:
    sdk = stripe.StripeClient(platform.key, base_addresses={"api": platform.program.url}, max_network_retries=2)
    platform.program.post("/_double/faults", effect="answer_lost", path="/v1/payment_intents", account=platform.account)
    intent = sdk.v1.payment_intents.create(_HOLD, platform.on)
    assert intent.last_response.headers["Idempotent-Replayed"] == "true"
    assert platform.moved() == [("hold", 11010)]
