from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import stripe

if TYPE_CHECKING:
    from types import ModuleType

    from tests.sandbox.stripe.conftest import Platform


def test_it_books_a_capture_with_its_fees(platform: Platform) -> None:
    intent = platform.paid(application_fee_amount=385)
    charge = platform.sdk.v1.charges.retrieve(
        intent.latest_charge.id, {"expand": ["balance_transaction", "application_fee"]}, platform.on
    )
    booked = charge.balance_transaction
    # 2.9 % of 110.10 is 3.1929, rounded half up, and 30 cents.
    assert [(fee.type, fee.amount) for fee in booked.fee_details] == [("stripe_fee", 349), ("application_fee", 385)]
    assert (booked.amount, booked.fee, booked.net) == (11010, 734, 10276)
    assert (booked.type, booked.reporting_category, booked.source) == ("charge", "charge", charge.id)
    assert (charge.application_fee.amount, charge.application_fee.account) == (385, platform.account)


def test_the_platform_sees_its_fees_in_its_own_balance(platform: Platform) -> None:
    intent = platform.paid(application_fee_amount=385)
    (fee,) = platform.sdk.v1.application_fees.list({"expand": ["data.charge", "data.balance_transaction"]}).data
    assert (fee.charge.id, fee.balance_transaction.net) == (intent.latest_charge.id, 385)
    back = platform.sdk.v1.application_fees.refunds.create(fee.id, {"amount": 100})
    assert (back.amount, back.fee) == (100, fee.id)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount on fee"):
        platform.sdk.v1.application_fees.refunds.create(fee.id, {"amount": 286})
    platform.sdk.v1.application_fees.refunds.create(fee.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.application_fees.refunds.create(fee.id)
    assert refused.value.code == "application_fee_already_refunded"
    assert [each.amount for each in platform.sdk.v1.application_fees.refunds.list(fee.id).data] == [285, 100]
    types = [(each.type, each.net) for each in platform.sdk.v1.balance_transactions.list({}).data]
    assert types == [("application_fee_refund", -285), ("application_fee_refund", -100), ("application_fee", 385)]


def test_the_balance_is_the_sum_of_its_transactions(platform: Platform, clock_of_double: ModuleType) -> None:
    intent = platform.paid(amount=10000)
    platform.sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 2500}, platform.on)
    balance = platform.sdk.v1.balance.retrieve(options=platform.on)
    assert (balance.pending[0].amount, balance.available[0].amount) == (7180, 0)  # less 3.20 of fees
    clock_of_double.move(timedelta(days=2))
    balance = platform.sdk.v1.balance.retrieve(options=platform.on)
    assert (balance.pending[0].amount, balance.available[0].amount) == (0, 7180)
    listed = platform.sdk.v1.balance_transactions.list({"type": "refund"}, platform.on).data
    assert [(each.amount, each.status) for each in listed] == [(-2500, "available")]


def test_a_hold_books_nothing(platform: Platform) -> None:
    platform.hold()
    assert platform.sdk.v1.balance_transactions.list({}, platform.on).data == []


@pytest.mark.parametrize(("currency", "amount", "fee"), [("jpy", 500, 15), ("kwd", 10000, 590), ("usd", 50, 31)])
def test_the_fee_knows_minor_units(platform: Platform, currency: str, amount: int, fee: int) -> None:
    platform.paid(amount=amount, currency=currency)
    (booked,) = platform.sdk.v1.balance_transactions.list({"currency": currency}, platform.on).data
    assert booked.fee == fee
