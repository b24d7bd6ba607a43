from __future__ import annotations

from datetime import timedelta

import pytest

from pushcart.payments.actions.capture import capture
from pushcart.payments.actions.release import release
from pushcart.payments.actions.release_former import release_former
from pushcart.payments.actions.renew import renew
from pushcart.payments.cards import Source
from pushcart.payments.client import stripe_client
from pushcart.payments.models import FeeRate, FormerIntent, Hold

HOLD = "/v1/payment_intents"
CANCEL = "/v1/payment_intents/*/cancel"
SHARE = "/v1/payment_methods"
RENEWED = [("hold", 11_010), ("hold", 11_010), ("release", 11_010)]


@pytest.fixture
def ending(held, clock):
    """A hold that lapses within a day."""

    def make(**wanted: object) -> Hold:
        hold = held(**wanted)
        clock.move(timedelta(days=6, hours=1))
        return hold

    return make


def test_a_further_hold_stands_before_the_first_is_given_back(ending, retailer, stripe_double):
    before = ending()
    first, until = before.intent_id, before.capture_before

    hold = renew(before)

    assert (hold.state, hold.renewal) == ("held", 1)
    assert hold.intent_id != first
    assert hold.capture_before >= until + timedelta(days=6)
    assert stripe_double.movements(retailer) == RENEWED
    former = FormerIntent.objects.get(hold=hold)
    assert (former.intent_id, former.gone_at is not None) == (first, True)
    stripe_double.assert_sound()


def test_a_renewed_hold_is_charged_once(ending, retailer, stripe_double):
    hold = capture(renew(ending()))
    assert (hold.state, hold.captured, hold.sealed_card) == ("captured", 11_010, "")
    assert stripe_double.movements(retailer) == [*RENEWED, ("capture", 11_010)]
    assert stripe_double.books(retailer)["kept"] == 11_010
    stripe_double.assert_sound()


def test_it_renews_no_hold_before_its_time_nor_twice(held, ending, retailer, stripe_double):
    assert renew(held()).renewal == 0
    hold = renew(ending())
    assert renew(hold).renewal == 1
    assert len(stripe_double.movements(retailer)) == 4


@pytest.mark.parametrize("effect", ["answer_lost", "error_500_after", "timeout", "rate_limited"])
@pytest.mark.parametrize("path", [HOLD, SHARE])
def test_it_holds_once_more_and_no_more_after_a_lost_answer(effect, path, ending, retailer, stripe_double, later):
    hold = ending()
    stripe_double.fault(effect, path, seconds=0)
    assert renew(hold).state == "renewing"
    assert renew(hold).state == "renewing"
    later()

    hold = renew(hold)
    if effect == "error_500_after" and path == SHARE:
        # Stripe repeats its failure under that key: the hold before goes on, and the next attempt has a key of its own.
        assert (hold.state, hold.renew_after is not None) == ("held", True)
        assert stripe_double.movements(retailer) == [("hold", 11_010)]
    else:
        assert (hold.state, hold.renewal) == ("held", 1)
        assert stripe_double.movements(retailer) == RENEWED
    stripe_double.assert_sound()


def test_the_first_hold_is_given_back_later_where_that_has_no_answer(ending, retailer, stripe_double, later):
    hold = ending()
    stripe_double.fault("timeout", CANCEL, seconds=0)
    hold = renew(hold)
    assert hold.state == "held"
    former = FormerIntent.objects.get(hold=hold)
    assert former.gone_at is None
    assert release_former(former).gone_at is None
    later()
    assert release_former(former).gone_at is not None
    assert stripe_double.movements(retailer) == RENEWED


def test_the_operators_fee_goes_back_with_what_was_captured_of_the_first_hold(ending, retailer, stripe_double, later):
    FeeRate.objects.create(company=retailer, basis_points=350, back_days=30)
    before = ending()
    stripe_double.fault("timeout", CANCEL, seconds=0)
    hold = renew(before)
    former = FormerIntent.objects.get(hold=hold)
    stripe_client(test=False).v1.payment_intents.capture(former.intent_id, options={"stripe_account": hold.account_id})
    later()

    assert release_former(former).gone_at is not None

    fees = stripe_client(test=False).v1.application_fees.list().data
    assert [(fee.amount, fee.amount_refunded) for fee in fees] == [(385, 385)]
    assert stripe_double.books(retailer)["kept"] == 0


def test_what_was_captured_at_stripe_of_the_first_hold_is_given_back(ending, retailer, stripe_double, later):
    hold = ending()
    stripe_double.fault("timeout", CANCEL, seconds=0)
    hold = renew(hold)
    former = FormerIntent.objects.get(hold=hold)
    stripe_client(test=False).v1.payment_intents.capture(former.intent_id, options={"stripe_account": hold.account_id})
    later()
    assert release_former(former).gone_at is not None
    assert stripe_double.books(retailer)["kept"] == 0
    assert capture(hold).state == "captured"
    assert stripe_double.books(retailer)["kept"] == 11_010


def test_a_card_that_refuses_leaves_the_hold_as_it_is_and_is_asked_again(ending, retailer, stripe_double, clock):
    hold = ending()
    Hold.objects.filter(pk=hold.pk).update(sealed_card=_declining())
    intent = hold.intent_id

    hold = renew(hold)

    assert (hold.state, hold.intent_id, hold.renewal) == ("held", intent, 1)
    assert renew(hold).renewal == 1
    clock.move(timedelta(hours=5))
    assert renew(hold).renewal == 2
    assert capture(hold).state == "captured"
    assert [kind for kind, _ in stripe_double.movements(retailer)] == ["hold", "capture"]


def test_a_hold_that_lapsed_meanwhile_is_found_lapsed(ending, stripe_double, clock):
    hold = ending()
    Hold.objects.filter(pk=hold.pk).update(sealed_card=_declining())
    stripe_double.fault("timeout", SHARE, seconds=0)
    assert renew(hold).state == "renewing"
    clock.move(timedelta(days=1))
    hold = renew(hold)
    assert (hold.state, hold.failure_code, hold.sealed_card) == ("lapsed", "hold_lapsed", "")


def test_the_next_days_answer_is_looked_for(ending, retailer, stripe_double, clock):
    hold = ending()
    stripe_double.fault("answer_lost", HOLD)
    assert renew(hold).state == "renewing"
    clock.move(timedelta(hours=23, minutes=30))
    hold = renew(hold)
    assert (hold.state, hold.renewal) == ("held", 1)
    assert [kind for kind, _ in stripe_double.movements(retailer)][:2] == ["hold", "hold"]
    assert capture(hold).state == "captured"
    assert [kind for kind, _ in stripe_double.movements(retailer)].count("capture") == 1


def test_a_closed_account_ends_both_holds_by_themselves(ending, stripe_double, retailer, clock, later):
    hold = ending()
    stripe_double.fault("timeout", SHARE, seconds=0)
    renew(hold)
    stripe_double.control("POST", f"accounts/{hold.account_id}/deauthorize")
    later()
    assert renew(hold).state == "renewing"
    clock.move(timedelta(days=2))
    assert renew(hold).state == "lapsed"


def test_the_card_for_a_further_hold_is_sealed_and_forgotten(held):
    hold = held()
    assert hold.sealed_card
    assert "pm_" not in hold.sealed_card
    assert "cus_" not in hold.sealed_card
    assert release(hold).sealed_card == ""


def _declining() -> str:
    """A customer's card that can be kept, and refuses each charge."""
    client = stripe_client(test=False).v1
    customer = client.customers.create().id
    method = client.payment_methods.attach("pm_card_chargeCustomerFail", params={"customer": customer}).id
    return Source(method, customer).sealed()
