from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stripe

if TYPE_CHECKING:
    from tests.sandbox.stripe.conftest import Platform


def test_a_dispute_takes_the_money_away(platform: Platform) -> None:
    intent = platform.paid("pm_card_createDispute")
    (dispute,) = platform.sdk.v1.disputes.list({"payment_intent": intent.id}, platform.on).data
    assert (dispute.amount, dispute.status, dispute.reason) == (11010, "needs_response", "fraudulent")
    (booked,) = dispute.balance_transactions
    assert (booked.amount, booked.fee, booked.net, booked.reporting_category) == (-11010, 1500, -12510, "dispute")
    assert platform.sdk.v1.charges.retrieve(intent.latest_charge.id, options=platform.on).disputed is True
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.refunds.create({"payment_intent": intent.id}, platform.on)
    assert refused.value.code == "charge_disputed"
    assert platform.moved() == [("hold", 11010), ("capture", 11010), ("dispute", 11010)]
    assert platform.kinds()[-4:] == [
        "charge.captured",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "payment_intent.succeeded",
    ]
    platform.check()


@pytest.mark.parametrize(("evidence", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_evidence_decides_a_dispute(platform: Platform, evidence: str, status: str) -> None:
    intent = platform.paid("pm_card_createDispute")
    (dispute,) = platform.sdk.v1.disputes.list({}, platform.on).data
    closed = platform.sdk.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}}, platform.on)
    assert closed.status == status
    assert closed.evidence_details.submission_count == 1
    won = status == "won"
    assert platform.moved()[3:] == ([("dispute_won", 11010)] if won else [])
    assert ("charge.dispute.funds_reinstated" in platform.kinds()) is won
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        platform.sdk.v1.disputes.close(dispute.id, options=platform.on)
    if won:
        assert platform.sdk.v1.refunds.create({"payment_intent": intent.id}, platform.on).amount == 11010
    platform.check()


def test_evidence_can_be_kept_back(platform: Platform) -> None:
    platform.paid("pm_card_createDispute")
    (dispute,) = platform.sdk.v1.disputes.list({}, platform.on).data
    staged = platform.sdk.v1.disputes.update(
        dispute.id, {"evidence": {"customer_name": "Ann"}, "submit": False}, platform.on
    )
    assert (staged.status, staged.evidence.customer_name) == ("needs_response", "Ann")
    assert (staged.evidence_details.has_evidence, staged.evidence_details.submission_count) == (True, 0)
    assert platform.sdk.v1.disputes.close(dispute.id, options=platform.on).status == "lost"
    platform.check()


def test_a_test_disputes_what_is_left_of_a_charge(platform: Platform) -> None:
    intent = platform.paid()
    platform.sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 1010}, platform.on)
    charge = intent.latest_charge.id
    assert platform.program.post(f"/_double/charges/{charge}/dispute")["disputed"] is True
    (dispute,) = platform.sdk.v1.disputes.list({"charge": charge}, platform.on).data
    assert dispute.amount == 10000
    assert platform.program.post(f"/_double/disputes/{dispute.id}/win")["status"] == "won"
    platform.check()
