from __future__ import annotations

import time
import urllib.error
from typing import TYPE_CHECKING

import pytest
import stripe

if TYPE_CHECKING:
    from tests.sandbox.stripe.conftest import Platform


def _plan(platform: Platform, effect: str, path: str = "/v1/payment_intents*", **more: object) -> None:
    platform.program.post("/_double/faults", effect=effect, path=path, account=platform.account, **more)


def test_an_answer_gets_lost_after_the_effect(platform: Platform) -> None:
    hold = platform.hold()
    _plan(platform, "answer_lost", "/v1/payment_intents/*/capture")
    with pytest.raises(stripe.APIConnectionError):
        platform.sdk.v1.payment_intents.capture(hold.id, options=platform.on)
    assert platform.sdk.v1.payment_intents.retrieve(hold.id, options=platform.on).status == "succeeded"
    assert platform.moved() == [("hold", 11010), ("capture", 11010)]


def test_a_time_out_comes_before_the_effect(platform: Platform) -> None:
    hold = platform.hold()
    _plan(platform, "timeout", seconds=0.05)
    with pytest.raises(stripe.APIConnectionError):
        platform.sdk.v1.payment_intents.capture(hold.id, options={**platform.on, "idempotency_key": "c"})
    assert platform.sdk.v1.payment_intents.retrieve(hold.id, options=platform.on).status == "requires_capture"
    captured = platform.sdk.v1.payment_intents.capture(hold.id, options={**platform.on, "idempotency_key": "c"})
    assert "Idempotent-Replayed" not in captured.last_response.headers


@pytest.mark.parametrize(("effect", "status"), [("error_500", "requires_capture"), ("error_500_after", "succeeded")])
def test_a_500_is_kept_under_its_key(platform: Platform, effect: str, status: str) -> None:
    hold = platform.hold()
    _plan(platform, effect)
    options = {**platform.on, "idempotency_key": "line-7-capture-1"}
    for _ in range(2):
        with pytest.raises(stripe.APIError) as broken:
            platform.sdk.v1.payment_intents.capture(hold.id, options=options)
        assert (broken.value.http_status, broken.value.headers["Stripe-Should-Retry"]) == (500, "false")
    assert platform.sdk.v1.payment_intents.retrieve(hold.id, options=platform.on).status == status
    platform.check()


def test_a_rate_limit_leaves_the_key_free(platform: Platform) -> None:
    hold = platform.hold()
    _plan(platform, "rate_limited", seconds=3)
    options = {**platform.on, "idempotency_key": "line-7-capture-1"}
    with pytest.raises(stripe.RateLimitError) as refused:
        platform.sdk.v1.payment_intents.capture(hold.id, options=options)
    assert (refused.value.http_status, refused.value.headers["Retry-After"]) == (429, "3")
    assert platform.sdk.v1.payment_intents.capture(hold.id, options=options).status == "succeeded"


@pytest.mark.parametrize("effect", ["slow", "late_answer"])
def test_an_answer_takes_its_time(platform: Platform, effect: str) -> None:
    _plan(platform, effect, seconds=0.3)
    started = time.monotonic()
    assert platform.hold().status == "requires_capture"
    assert time.monotonic() - started >= 0.3


def test_a_fault_meets_only_the_calls_it_was_planned_for(platform: Platform) -> None:
    _plan(platform, "error_500", "/v1/refunds", method="POST", times=2, after=1)
    intent = platform.paid()

    def refund() -> stripe.Refund:
        return platform.sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 1}, platform.on)

    platform.sdk.v1.refunds.list({}, platform.on)
    refund()
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            refund()
    refund()
    other = platform.connect()
    _plan(platform, "error_500", "*", times=1)
    platform.sdk.v1.payment_intents.list({}, {"stripe_account": other})
    with pytest.raises(stripe.APIError):
        platform.sdk.v1.payment_intents.list({}, platform.on)
    assert [kind for kind, _ in platform.moved()].count("refund") == 2


@pytest.mark.parametrize("plan", [{"effect": "earthquake"}, {}, {"effect": "slow", "color": "red"}])
def test_a_plan_that_can_not_be_meant_is_refused(platform: Platform, plan: dict[str, object]) -> None:
    before = platform.program.get("/_double/faults")
    with pytest.raises(urllib.error.HTTPError) as refused:
        platform.program.post("/_double/faults", **plan)
    assert refused.value.code == 400
    refused.value.close()
    assert platform.program.get("/_double/faults") == before
