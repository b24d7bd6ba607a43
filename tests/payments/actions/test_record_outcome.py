"""An answer was lost, and then the account was closed: Stripe does not tell any more whether the money moved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pushcart.events.models import Event
from pushcart.kit import clock as kit_clock
from pushcart.payments.actions.capture import capture
from pushcart.payments.actions.give_back import give_back
from pushcart.payments.actions.record_outcome import record_outcome
from pushcart.payments.actions.release import release
from pushcart.payments.actions.reserve_refund import reserve_refund
from pushcart.payments.errors import OutcomeError
from pushcart.payments.ledger.book import balances
from pushcart.payments.ledger.check import check
from pushcart.payments.unsettled import unsettled


@pytest.fixture
def closed(retailer, stripe_double, clock):
    """The account, once whatever is asked next has lost its answer."""
    clock.freeze(clock.now())

    def close():
        stripe_double.control("POST", f"accounts/{retailer.stripe_account.account_id}/deauthorize")

    return close


@pytest.fixture
def capturing(held, stripe_double, closed):
    hold = held()
    stripe_double.fault("answer_lost", "/v1/payment_intents/*/capture")
    assert capture(hold).state == "capturing"
    closed()
    return hold


@pytest.fixture
def pending(captured, stripe_double, closed):
    refund = reserve_refund(captured(), 1_010)
    stripe_double.fault("answer_lost", "/v1/refunds")
    assert give_back(refund).state == "pending"
    closed()
    return refund


def test_it_is_asked_less_and_less_often(capturing, stripe_double):
    asked = 0
    for _ in range(24 * 60):
        kit_clock.move(timedelta(minutes=1))
        before = capturing.called_at
        capture(capturing)
        asked += capturing.called_at != before

    # A tenth of its age each time: some 40 until that is the hour, then hourly.
    assert 50 <= asked <= 75
    assert capturing.state == "capturing"


def test_the_operator_hears_of_it_after_a_day(capturing, retailer):
    assert unsettled() == []
    kit_clock.move(timedelta(hours=24))

    (one,) = unsettled()

    assert (one.company, one.uid) == (retailer, f"unsettled-hold-{capturing.pk}")
    assert one.sentence == (
        f"The charge of $110.10 for line {capturing.line_id} ({capturing.intent_id} of {capturing.account_id}) has no"
        f" answer. Look at it in Stripe's dashboard, then say `pushcart settle charge {capturing.line_id} --reason"
        " 'where it was seen' --done`, or `--not-done`."
    )


def test_a_charge_that_was_seen_is_booked(capturing):
    record_outcome(capturing, done=True, by="Ada", reason="pi_1 succeeded in the retailer's dashboard")

    assert (capturing.state, capturing.captured, balances(capturing)["balance"]) == ("captured", 11_010, 11_010)
    event = Event.objects.get(type="payments.settled_by_hand")
    assert event.data == {
        "line": capturing.line_id,
        "hold": capturing.key,
        "done": True,
        "by": "Ada",
        "reason": "pi_1 succeeded in the retailer's dashboard",
    }
    assert check().broken == []


def test_a_charge_that_was_not_made_ends_with_its_hold(capturing):
    record_outcome(capturing, done=False, by="Ada", reason="it is uncaptured there")
    assert capturing.state == "capture_failed"
    assert capturing.failure_message == "Written down by hand: it is uncaptured there"

    assert release(capturing).state == "releasing"
    kit_clock.move(timedelta(days=7, hours=1))
    assert release(capturing).state == "lapsed"
    assert check().broken == []


@pytest.mark.parametrize(("done", "state", "refunded"), [(True, "succeeded", 1_010), (False, "failed", 0)])
def test_a_refund_is_booked_as_it_was_seen(pending, done, state, refunded):
    kit_clock.move(timedelta(days=1))
    assert [each.uid for each in unsettled()] == [f"unsettled-refund-{pending.pk}"]

    record_outcome(pending, done=done, by="Ada", reason="re_1 in the dashboard")

    pending.hold.refresh_from_db()
    assert (pending.state, pending.hold.refunded, pending.hold.refunding) == (state, refunded, 0)
    assert (unsettled(), check().broken) == ([], [])


@pytest.mark.parametrize(("by", "reason"), [("", "seen"), ("Ada", " ")])
def test_it_asks_who_and_why(capturing, by, reason):
    with pytest.raises(OutcomeError, match="Say who looked"):
        record_outcome(capturing, done=True, by=by, reason=reason)

    capturing.refresh_from_db()
    assert (capturing.state, Event.objects.filter(type="payments.settled_by_hand").count()) == ("capturing", 0)


def test_it_changes_nothing_that_has_its_answer(captured):
    hold = captured()
    refund = give_back(reserve_refund(hold, 10))
    with pytest.raises(OutcomeError, match="is captured: no charge of it waits"):
        record_outcome(hold, done=False, by="Ada", reason="seen")
    with pytest.raises(OutcomeError, match="is succeeded: it waits for no answer"):
        record_outcome(refund, done=False, by="Ada", reason="seen")

    assert not Event.objects.filter(type="payments.settled_by_hand").exists()
