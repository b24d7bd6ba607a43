"""The operator's fee: agreed with the hold, taken with the charge, kept or given back with a refund."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from pushcart.kit import clock as kit_clock
from pushcart.payments.actions.give_back import give_back
from pushcart.payments.actions.reserve_refund import reserve_refund
from pushcart.payments.client import stripe_client
from pushcart.payments.fees import fee_of
from pushcart.payments.models import FeeRate, Hold


def _rate(company, points, days=30, **values):
    return FeeRate.objects.create(company=company, basis_points=points, back_days=days, **values)


@pytest.mark.parametrize(
    ("amount", "points", "fee"), [(11_010, 350, 385), (100, 50, 1), (99, 50, 0), (1, 10_000, 1), (10_000, 0, 0)]
)
def test_it_takes_basis_points_of_the_line_half_up(retailer, amount, points, fee):
    _rate(retailer, points)

    assert fee_of(retailer, amount, "usd").amount == fee


@pytest.mark.parametrize(
    ("currency", "amount", "fee"),
    [("kwd", 12_350, 430), ("kwd", 12_300, 430), ("isk", 123_000, 4_300), ("jpy", 12_350, 432)],
)
def test_it_takes_no_part_of_a_coin(retailer, currency, amount, fee):
    _rate(retailer, 350)

    assert fee_of(retailer, amount, currency).amount == fee


def test_it_takes_the_rate_that_is_in_force(retailer, settings):
    settings.FEE_BASIS_POINTS = 100
    assert fee_of(retailer, 10_000, "usd").amount == 100

    now = kit_clock.now()
    _rate(retailer, 300, valid_from=now - timedelta(days=2))
    _rate(retailer, 200, valid_from=now - timedelta(days=1))
    _rate(retailer, 900, valid_from=now + timedelta(days=1))

    assert fee_of(retailer, 10_000, "usd").amount == 200


def test_it_agrees_the_fee_with_the_order(held, retailer):
    _rate(retailer, 350)
    hold = held()
    _rate(retailer, 900)

    intent = stripe_client(test=False).v1.payment_intents.retrieve(
        hold.intent_id, options={"stripe_account": hold.account_id}
    )
    assert (hold.fee, intent.application_fee_amount) == (385, 385)


def test_it_asks_for_no_fee_where_there_is_none(captured):
    hold = captured()
    fees = stripe_client(test=False).v1.application_fees.list().data

    assert (hold.fee, hold.fee_back_until, fees) == (0, None, [])


@pytest.mark.parametrize("parts", [[11_010], [1, 11_009], [3_670, 3_670, 3_670], [10, 1_000, 9_999, 1]])
def test_the_parts_that_go_back_add_up_to_the_whole(captured, retailer, parts):
    _rate(retailer, 350)
    hold = captured()
    for part in parts:
        assert give_back(reserve_refund(hold, part)).state == "succeeded"

    hold.refresh_from_db()
    (fee,) = stripe_client(test=False).v1.application_fees.list().data
    assert (hold.fee_refunded, fee.amount_refunded, fee.amount) == (385, 385, 385)


def test_it_keeps_the_fee_of_what_is_given_back_too_late(captured, retailer, clock):
    _rate(retailer, 350, days=30)
    hold = captured()
    clock.move(timedelta(days=30, seconds=1))

    give_back(reserve_refund(hold, 11_010))

    hold.refresh_from_db()
    (fee,) = stripe_client(test=False).v1.application_fees.list().data
    assert (hold.refunded, hold.fee_refunded, fee.amount_refunded) == (11_010, 0, 0)


def test_it_keeps_the_fee_where_the_rate_says_so(captured, retailer):
    _rate(retailer, 350, days=0)
    hold = captured()

    give_back(reserve_refund(hold, 11_010))

    hold.refresh_from_db()
    assert (hold.refunded, hold.fee_refunded) == (11_010, 0)


def test_it_learns_of_the_fee_where_the_refunds_answer_was_lost(captured, retailer, stripe_double, later):
    _rate(retailer, 350)
    hold = captured()
    refund = reserve_refund(hold, 11_010)
    stripe_double.fault("answer_lost", "/v1/refunds", method="POST")
    give_back(refund)
    later()

    give_back(refund)

    hold.refresh_from_db()
    assert (hold.refunded, hold.fee_refunded) == (11_010, 385)


@pytest.mark.parametrize("columns", [{"fee": 11_011}, {"fee": -1}, {"fee_refunded": 1}])
def test_the_database_refuses_a_fee_that_cant_be(held, columns):
    hold = held()
    with pytest.raises(IntegrityError, match="payments_fee_within_amount"):
        Hold.objects.filter(pk=hold.pk).update(**columns)


def test_the_database_refuses_more_than_the_whole(retailer):
    with pytest.raises(IntegrityError, match="payments_fee_rate"):
        _rate(retailer, 10_001)
