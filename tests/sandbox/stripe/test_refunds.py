from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import stripe

if TYPE_CHECKING:
    from types import ModuleType

    from tests.sandbox.stripe.conftest import Platform


def test_it_refunds_in_parts_up_to_the_capture(platform: Platform) -> None:
    intent = platform.paid()
    first = platform.sdk.v1.refunds.create(
        {"payment_intent": intent.id, "amount": 1010, "reason": "requested_by_customer", "metadata": {"line": "7"}},
        platform.on,
    )
    assert (first.status, first.amount, first.reason, first.metadata["line"]) == (
        "succeeded",
        1010,
        "requested_by_customer",
        "7",
    )
    charge = platform.sdk.v1.charges.retrieve(intent.latest_charge.id, options=platform.on)
    assert (charge.amount_refunded, charge.refunded) == (1010, False)
    second = platform.sdk.v1.refunds.create({"charge": charge.id}, platform.on)
    assert second.amount == 10000
    charge = platform.sdk.v1.charges.retrieve(charge.id, {"expand": ["refunds"]}, platform.on)
    assert (charge.amount_refunded, charge.refunded) == (11010, True)
    assert [refund.id for refund in charge.refunds.data] == [second.id, first.id]
    assert platform.moved() == [("hold", 11010), ("capture", 11010), ("refund", 1010), ("refund", 10000)]
    assert platform.kinds()[-4:] == ["refund.created", "charge.refunded"] * 2
    platform.check()


def test_it_never_refunds_more_than_is_left(platform: Platform) -> None:
    intent = platform.paid()
    refunds = platform.sdk.v1.refunds
    refunds.create({"payment_intent": intent.id, "amount": 11000}, platform.on)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refunds.create({"payment_intent": intent.id, "amount": 11}, platform.on)
    assert refused.value.user_message == "Refund amount ($0.11) is greater than unrefunded amount on charge ($0.10)"
    refunds.create({"payment_intent": intent.id, "amount": 10}, platform.on)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refunds.create({"payment_intent": intent.id}, platform.on)
    assert refused.value.code == "charge_already_refunded"
    assert [amount for kind, amount in platform.moved() if kind == "refund"] == [11000, 10]
    platform.check()


def test_it_refunds_of_a_partial_capture_only_what_was_captured(platform: Platform) -> None:
    hold = platform.hold()
    platform.sdk.v1.payment_intents.capture(hold.id, {"amount_to_capture": 500}, platform.on)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        platform.sdk.v1.refunds.create({"payment_intent": hold.id, "amount": 501}, platform.on)
    assert platform.sdk.v1.refunds.create({"payment_intent": hold.id}, platform.on).amount == 500
    platform.check()


@pytest.mark.parametrize("captured", [False, None])
def test_it_refunds_nothing_that_was_not_captured(platform: Platform, captured: bool | None) -> None:
    given = {"amount": 700, "currency": "usd"}
    intent = platform.sdk.v1.payment_intents.create(given, platform.on) if captured is None else platform.hold()
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge to refund"):
        platform.sdk.v1.refunds.create({"payment_intent": intent.id}, platform.on)
    assert [kind for kind, _ in platform.moved()] == ([] if captured is None else ["hold"])


def test_it_wants_to_know_what_to_refund(platform: Platform) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        platform.sdk.v1.refunds.create({"amount": 5}, platform.on)
    intent = platform.paid()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 0}, platform.on)
    assert (refused.value.code, refused.value.param) == ("parameter_invalid_integer", "amount")
    with pytest.raises(stripe.InvalidRequestError, match="it has no application fee"):
        platform.sdk.v1.refunds.create({"payment_intent": intent.id, "refund_application_fee": True}, platform.on)


def test_a_pending_refund_succeeds_later(platform: Platform, clock_of_double: ModuleType) -> None:
    intent = platform.paid("pm_card_pendingRefund")
    refund = platform.sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 1000}, platform.on)
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    charge = platform.sdk.v1.charges.retrieve(intent.latest_charge.id, options=platform.on)
    assert charge.amount_refunded == 1000
    clock_of_double.move(timedelta(hours=1))
    assert platform.sdk.v1.refunds.retrieve(refund.id, options=platform.on).status == "succeeded"
    assert platform.kinds()[-2:] == ["refund.updated", "charge.refund.updated"]
    platform.check()


def test_a_refund_fails_late_and_its_money_comes_back(platform: Platform, clock_of_double: ModuleType) -> None:
    intent = platform.paid("pm_card_refundFail")
    refund = platform.sdk.v1.refunds.create({"payment_intent": intent.id}, platform.on)
    assert refund.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError):
        platform.sdk.v1.refunds.create({"payment_intent": intent.id}, platform.on)
    clock_of_double.move(timedelta(days=1))
    failed = platform.sdk.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]}, platform.on)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert failed.failure_balance_transaction.net == 11010
    charge = platform.sdk.v1.charges.retrieve(intent.latest_charge.id, options=platform.on)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert platform.moved()[-2:] == [("refund", 11010), ("refund_failed", 11010)]
    assert platform.kinds()[-3:] == ["refund.updated", "charge.refund.updated", "refund.failed"]
    assert platform.sdk.v1.refunds.create({"payment_intent": intent.id}, platform.on).amount == 11010
    platform.check()


def test_a_test_can_turn_refunds_by_hand(platform: Platform) -> None:
    intent = platform.paid("pm_card_pendingRefund")
    one, other = (
        platform.sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 100}, platform.on) for _ in range(2)
    )
    assert platform.program.post(f"/_double/refunds/{one.id}/succeed")["status"] == "succeeded"
    assert platform.program.post(f"/_double/refunds/{other.id}/fail")["status"] == "failed"
    assert platform.program.post(f"/_double/refunds/{other.id}/fail")["status"] == "failed"
    assert platform.moved()[2:] == [("refund", 100), ("refund", 100), ("refund_failed", 100)]
    platform.check()


def test_it_gives_the_platforms_fee_back_in_the_measure_of_the_refund(platform: Platform) -> None:
    intent = platform.paid(amount=10000, application_fee_amount=333)
    for amount in (3333, 3333, 3334):
        platform.sdk.v1.refunds.create(
            {"payment_intent": intent.id, "amount": amount, "refund_application_fee": True}, platform.on
        )
    (fee,) = platform.sdk.v1.application_fees.list({"charge": intent.latest_charge.id}).data
    assert (fee.amount, fee.amount_refunded, fee.refunded) == (333, 333, True)
    assert [back.amount for back in reversed(fee.refunds.data)] == [110, 110, 113]
    platform.check()


def test_it_keeps_the_platforms_fee_unless_asked(platform: Platform) -> None:
    intent = platform.paid(application_fee_amount=385)
    platform.sdk.v1.refunds.create({"payment_intent": intent.id}, platform.on)
    (fee,) = platform.sdk.v1.application_fees.list({}).data
    assert (fee.amount_refunded, fee.refunded) == (0, False)


def test_it_updates_and_never_cancels_a_cards_refund(platform: Platform) -> None:
    intent = platform.paid()
    refund = platform.sdk.v1.refunds.create(
        {"payment_intent": intent.id, "metadata": {"a": "1", "b": "2"}}, platform.on
    )
    refund = platform.sdk.v1.refunds.update(refund.id, {"metadata": {"a": "", "c": "3"}}, platform.on)
    assert refund.metadata.to_dict() == {"b": "2", "c": "3"}
    with pytest.raises(stripe.InvalidRequestError, match="has a status of succeeded"):
        platform.sdk.v1.refunds.cancel(refund.id, options=platform.on)
