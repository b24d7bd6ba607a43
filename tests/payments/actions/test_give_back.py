from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from pushcart.payments.actions.give_back import give_back
from pushcart.payments.actions.reserve_refund import reserve_refund
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import AboveRefundableError
from pushcart.payments.models import Hold, Refund
from tests.at_once import at_once

REFUNDS = "/v1/refunds"
REFUNDED_ONCE = [("hold", 11_010), ("capture", 11_010), ("refund", 1_010)]


def _money(hold: Hold) -> tuple[int, int, int]:
    hold.refresh_from_db()
    return hold.captured, hold.refunding, hold.refunded


def test_it_gives_back_to_the_cent(captured, retailer, stripe_double):
    hold = captured()
    refund = reserve_refund(hold, 1_010, reason="a dent")
    assert (refund.state, refund.stripe_id, _money(hold)) == ("pending", "", (11_010, 1_010, 0))

    refund = give_back(refund)

    refund.refresh_from_db()
    assert (refund.state, refund.reason, refund.failure_message) == ("succeeded", "a dent", "")
    assert refund.stripe_id.startswith("re_")
    assert _money(hold) == (11_010, 0, 1_010)
    assert stripe_double.movements(retailer) == REFUNDED_ONCE
    stripe_double.assert_sound()


def test_it_gives_back_in_parts_until_nothing_is_left(captured, retailer, stripe_double):
    hold = captured()
    for amount in (1, 10_000, 1_009):
        assert give_back(reserve_refund(hold, amount)).state == "succeeded"

    with pytest.raises(AboveRefundableError, match="1 can't be refunded: 0 of what was captured is left") as refused:
        reserve_refund(hold, 1)

    assert refused.value.refundable == 0
    assert (Refund.objects.count(), _money(hold)) == (3, (11_010, 0, 11_010))
    assert stripe_double.books(retailer)["kept"] == 0
    stripe_double.assert_sound()


def test_it_reserves_no_more_than_is_left(captured):
    hold = captured()
    reserve_refund(hold, 11_000)

    with pytest.raises(AboveRefundableError) as refused:
        reserve_refund(hold, 11)

    assert refused.value.refundable == 10
    assert (Refund.objects.count(), _money(hold)) == (1, (11_010, 11_000, 0))


def test_it_reserves_nothing_of_what_was_not_captured(held):
    hold = held()

    with pytest.raises(AboveRefundableError) as refused:
        reserve_refund(hold, 1)

    assert refused.value.refundable == 0
    assert not Refund.objects.exists()


@pytest.mark.parametrize("amount", [0, -500])
def test_it_reserves_no_refund_of_nothing(amount, captured):
    hold = captured()

    with pytest.raises(IntegrityError):
        reserve_refund(hold, amount)

    assert (Refund.objects.count(), _money(hold)) == (0, (11_010, 0, 0))


def test_it_knows_a_refund_by_the_callers_key(captured):
    hold = captured()
    reserve_refund(hold, 5, key="refund-77")

    with pytest.raises(IntegrityError):
        reserve_refund(hold, 5, key="refund-77")

    assert (Refund.objects.count(), _money(hold)) == (1, (11_010, 5, 0))


def test_it_is_capped_by_the_database_too(captured):
    hold = captured()

    with pytest.raises(IntegrityError, match="payments_refunds_within_capture"):
        Hold.objects.filter(pk=hold.pk).update(refunded=6_000, refunding=5_011)


def test_the_database_takes_no_refund_that_its_hold_does_not_count(captured):
    hold = captured(amount=1_000)

    with pytest.raises(IntegrityError, match="refunding is 0 on the hold and 5000 by its refunds"):
        Refund.objects.create(hold=hold, amount=5_000)

    assert not Refund.objects.exists()


def test_the_database_takes_no_count_without_a_refund(captured):
    hold = captured(amount=1_000)

    with pytest.raises(IntegrityError, match="refunding is 500 on the hold and 0 by its refunds"):
        Hold.objects.filter(pk=hold.pk).update(refunding=500)


def test_it_caps_refunds_that_are_asked_for_at_once(captured, retailer, stripe_double):
    hold = captured()

    def one() -> str:
        try:
            return str(give_back(reserve_refund(Hold.objects.get(pk=hold.pk), 4_000)).state)
        except AboveRefundableError:
            return "refused"

    outcomes = at_once(*[one] * 4)

    assert sorted(outcomes) == ["refused", "refused", "succeeded", "succeeded"]
    assert _money(hold) == (11_010, 0, 8_000)
    assert stripe_double.books(retailer)["refunded"] == 8_000


def test_it_calls_once_when_two_give_back_at_once(captured, retailer, stripe_double):
    refund = reserve_refund(captured(), 1_010)
    stripe_double.fault("slow", REFUNDS, seconds=0.5, times=2)

    states = at_once(*[lambda: give_back(Refund.objects.get(pk=refund.pk)).state] * 2)

    assert sorted(states) == ["pending", "succeeded"]
    assert [fault["hits"] for fault in stripe_double.control("GET", "faults")] == [1]
    assert stripe_double.movements(retailer) == REFUNDED_ONCE


def test_it_fails_where_nothing_came_of_it_and_stripe_says_500_for_ever(captured, retailer, stripe_double, later):
    refund = reserve_refund(captured(), 1_010)
    stripe_double.fault("error_500", REFUNDS, method="POST")
    give_back(refund)
    later()

    refund = give_back(refund)

    assert (refund.state, refund.failure_message) == (
        "failed",
        "The payment service did not accept this payment.",
    )
    assert _money(refund.hold) == (11_010, 0, 0)
    assert give_back(reserve_refund(refund.hold, 11_010)).state == "succeeded"


def test_it_looks_before_it_asks_once_stripe_may_have_forgotten_the_key(captured, retailer, stripe_double, clock):
    hold = captured()
    made, never_made = reserve_refund(hold, 1_000), reserve_refund(hold, 10)
    stripe_double.fault("answer_lost", REFUNDS)
    give_back(made)
    stripe_double.fault("timeout", REFUNDS, seconds=0)
    give_back(never_made)
    clock.move(timedelta(days=2))

    assert give_back(made).state == "succeeded"
    assert give_back(never_made).state == "succeeded"
    assert _money(hold) == (11_010, 0, 1_010)
    assert stripe_double.books(retailer)["refunded"] == 1_010


def test_it_returns_the_amount_where_the_payment_was_given_back_at_stripe(captured, stripe_double):
    hold = captured()
    refund = reserve_refund(hold, 1_010)
    stripe_client(test=False).v1.refunds.create(
        params={"payment_intent": hold.intent_id}, options={"stripe_account": hold.account_id}
    )

    refund = give_back(refund)

    assert (refund.state, refund.failure_message) == ("failed", "This payment has been given back already.")
    assert _money(hold) == (11_010, 0, 0)


def test_it_returns_the_amount_on_an_account_that_took_its_access_away(captured, stripe_double):
    refund = reserve_refund(captured(), 1_010)
    stripe_double.control("POST", f"accounts/{refund.hold.account_id}/deauthorize")

    assert give_back(refund).state == "failed"
    assert _money(refund.hold) == (11_010, 0, 0)


def test_it_stays_unsure_on_a_closed_account_after_a_lost_answer(captured, retailer, stripe_double, later):
    refund = reserve_refund(captured(), 1_010)
    stripe_double.fault("answer_lost", REFUNDS)
    give_back(refund)
    stripe_double.control("POST", f"accounts/{refund.hold.account_id}/deauthorize")
    later()
    assert give_back(refund).state == "pending"
    stripe_double.control("POST", f"accounts/{refund.hold.account_id}/authorize")
    later()

    assert give_back(refund).state == "succeeded"
    assert stripe_double.movements(retailer) == REFUNDED_ONCE


def test_it_waits_for_a_bank_that_works_on_it(captured, retailer, stripe_double, clock, later):
    refund = reserve_refund(captured(card="pm_card_pendingRefund"), 1_010)

    refund = give_back(refund)

    assert (refund.state, _money(refund.hold)) == ("pending", (11_010, 1_010, 0))
    assert refund.stripe_id.startswith("re_")
    later()
    assert give_back(refund).state == "pending"
    clock.move(timedelta(hours=2))
    assert give_back(refund).state == "succeeded"
    assert _money(refund.hold) == (11_010, 0, 1_010)
    assert stripe_double.movements(retailer) == REFUNDED_ONCE


def test_it_returns_the_amount_of_a_refund_that_failed_while_it_was_worked_on(captured, retailer, stripe_double, later):
    refund = give_back(reserve_refund(captured(card="pm_card_pendingRefund"), 1_010))
    stripe_double.control("POST", f"refunds/{refund.stripe_id}/fail")
    later()

    refund = give_back(refund)

    assert (refund.state, refund.failure_message) == ("failed", "The shopper's card has expired or was closed.")
    assert _money(refund.hold) == (11_010, 0, 0)
    assert stripe_double.books(retailer)["kept"] == 11_010


def test_it_gives_nothing_back_twice(captured, retailer, stripe_double, later):
    refund = give_back(reserve_refund(captured(), 1_010))
    later()

    assert give_back(Refund.objects.get(pk=refund.pk)).state == "succeeded"
    assert stripe_double.movements(retailer) == REFUNDED_ONCE


def test_it_is_not_called_within_a_transaction(captured, retailer, stripe_double):
    refund = reserve_refund(captured(), 1_010)

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        give_back(refund)

    refund.refresh_from_db()
    assert (refund.state, refund.called_at) == ("pending", None)
    assert stripe_double.books(retailer)["refunded"] == 0
