from __future__ import annotations

import threading
import time
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from pushcart.payments.actions.capture import capture
from pushcart.payments.actions.place import place
from pushcart.payments.actions.release import release
from pushcart.payments.client import stripe_client
from pushcart.payments.models import Hold
from tests.at_once import at_once

HOLD = "/v1/payment_intents"
CANCEL = "/v1/payment_intents/*/cancel"
GIVEN_BACK = [("hold", 11_010), ("release", 11_010)]


def test_it_gives_the_hold_back(held, retailer, stripe_double):
    hold = release(held())

    hold.refresh_from_db()
    assert (hold.state, hold.captured) == ("released", 0)
    assert stripe_double.movements(retailer) == GIVEN_BACK
    stripe_double.assert_sound()


def test_it_gives_back_with_the_next_key_where_nothing_came_of_the_first(held, retailer, stripe_double, later):
    hold = held()
    stripe_double.fault("error_500", CANCEL)
    release(hold)
    later()
    hold = release(hold)
    assert (hold.state, hold.attempt) == ("releasing", 2)
    later()

    assert release(hold).state == "released"
    assert stripe_double.movements(retailer) == GIVEN_BACK


def test_it_knows_a_hold_that_has_lapsed(held, retailer, stripe_double, clock):
    hold = held()
    clock.move(timedelta(days=8))

    assert release(hold).state == "lapsed"
    assert stripe_double.movements(retailer) == GIVEN_BACK


def test_it_needs_no_call_for_a_hold_that_was_never_asked_for(prepared, retailer, stripe_double):
    hold = release(prepared())

    assert (hold.state, hold.failure_code) == ("failed", "withdrawn")
    assert hold.failure_message == "The order was withdrawn before the card was held."
    assert hold.sealed_token == ""
    assert stripe_double.movements(retailer) == []
    assert place(hold).state == "failed"
    assert stripe_double.movements(retailer) == []


@pytest.mark.parametrize(
    ("effect", "ends"),
    [("answer_lost", "released"), ("timeout", "released"), ("error_500_after", "released"), ("error_500", "failed")],
)
def test_it_ends_with_nothing_held_whatever_stripe_did_with_the_hold(effect, ends, prepared, stripe_double, later):
    asked = prepared()
    retailer = asked.company
    stripe_double.fault(effect, HOLD, method="POST", seconds=0)
    assert place(asked).state == "placing"

    assert release(asked).state == ends

    assert stripe_double.books(retailer)["holding"] == 0
    assert stripe_double.books(retailer)["captured"] == 0
    later()
    assert place(asked).state == ends
    assert stripe_double.books(retailer)["holding"] == 0
    stripe_double.assert_sound()


def test_it_ends_with_nothing_held_where_the_card_was_declined_unseen(prepared, retailer, stripe_double):
    asked = prepared(card="pm_card_chargeCustomerFail")
    stripe_double.fault("answer_lost", HOLD)
    assert place(asked).state == "placing"

    assert release(asked).state == "released"
    assert stripe_double.movements(retailer) == []


@pytest.mark.parametrize("effect", ["answer_lost", "timeout", "error_500_after"])
def test_it_ends_with_nothing_held_when_every_answer_is_lost_on_the_way(
    effect, prepared, retailer, stripe_double, later
):
    asked = prepared()
    stripe_double.fault(effect, HOLD, method="POST", seconds=0)
    place(asked)
    stripe_double.fault("answer_lost", HOLD)
    assert release(asked).state == "releasing"
    later()
    stripe_double.fault("answer_lost", CANCEL)
    assert release(asked).state == "releasing"
    later()

    assert release(asked).state == "released"
    assert stripe_double.movements(retailer) == GIVEN_BACK
    stripe_double.assert_sound()


def test_it_finds_the_unseen_hold_when_stripe_has_forgotten_its_key(prepared, retailer, stripe_double, clock):
    made, never_made = prepared(), prepared()
    stripe_double.fault("answer_lost", HOLD)
    place(made)
    stripe_double.fault("timeout", HOLD, seconds=0)
    place(never_made)
    clock.move(timedelta(days=2))

    assert release(made).state == "released"
    assert release(never_made).state == "failed"
    assert stripe_double.movements(retailer) == GIVEN_BACK


def test_it_wins_over_a_place_that_still_shares_the_card(prepared, retailer, stripe_double):
    """Withdrawn while the card is made ready: the hold is never asked for."""
    asked = prepared()
    stripe_double.fault("late_answer", "/v1/payment_methods", seconds=1)
    placed = []

    def slow() -> None:
        try:
            placed.append(place(Hold.objects.get(pk=asked.pk)).state)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    while Hold.objects.get(pk=asked.pk).called_at is None:
        time.sleep(0.02)
    released = release(asked).state
    thread.join()

    assert (released, placed) == ("failed", ["failed"])
    assert stripe_double.movements(retailer) == []


def test_it_wins_over_a_place_whose_answer_comes_late(prepared, retailer, stripe_double, later):
    asked = prepared()
    stripe_double.fault("late_answer", HOLD, seconds=1)
    placed = []

    def slow() -> None:
        try:
            placed.append(place(Hold.objects.get(pk=asked.pk)).state)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    while not stripe_double.books(retailer)["holding"]:
        time.sleep(0.02)
    # Stripe still works on the first call: 409.
    assert release(asked).state == "releasing"
    thread.join()
    later()

    assert placed == ["releasing"]
    assert release(asked).state == "released"
    assert stripe_double.movements(retailer) == GIVEN_BACK


def test_it_gives_back_what_somebody_captured_at_stripe(held, retailer, stripe_double, later):
    hold = held()
    stripe_client(test=False).v1.payment_intents.capture(hold.intent_id, options={"stripe_account": hold.account_id})
    stripe_double.fault("answer_lost", "/v1/refunds")
    assert release(hold).state == "releasing"
    later()

    assert release(hold).state == "released"
    assert stripe_double.movements(retailer) == [("hold", 11_010), ("capture", 11_010), ("refund", 11_010)]
    stripe_double.assert_sound()


def test_it_leaves_alone_what_the_retailer_captured_and_refunded_at_stripe(held, retailer, stripe_double):
    hold = held()
    client, account = stripe_client(test=False), {"stripe_account": hold.account_id}
    client.v1.payment_intents.capture(hold.intent_id, options=account)
    client.v1.refunds.create(params={"payment_intent": hold.intent_id}, options=account)

    assert release(hold).state == "released"
    assert stripe_double.books(retailer)["kept"] == 0


def test_it_does_not_release_what_is_captured_or_being_captured(held, captured, retailer, stripe_double):
    hold = held()
    stripe_double.fault("timeout", "/v1/payment_intents/*/capture", seconds=0)
    capture(hold)

    assert release(hold).state == "capturing"
    assert release(captured()).state == "captured"
    assert stripe_double.books(retailer)["released"] == 0


def test_it_waits_on_a_closed_account_until_the_hold_ends_by_itself(held, retailer, stripe_double, clock):
    hold = held()
    stripe_double.control("POST", f"accounts/{hold.account_id}/deauthorize")
    assert release(hold).state == "releasing"
    clock.move(timedelta(days=6))
    assert release(hold).state == "releasing"
    clock.move(timedelta(days=1, hours=1))

    hold = release(hold)

    assert (hold.state, hold.failure_code) == ("lapsed", "account_invalid")


def test_it_calls_once_when_two_release_at_once(held, retailer, stripe_double):
    hold = held()
    stripe_double.fault("slow", CANCEL, seconds=0.5, times=2)

    states = at_once(*[lambda: release(Hold.objects.get(pk=hold.pk)).state] * 2)

    assert sorted(states) == ["released", "releasing"]
    assert [fault["hits"] for fault in stripe_double.control("GET", "faults")] == [1]


def test_it_takes_either_the_capture_or_the_release(held, retailer, stripe_double):
    """Asked for at the same moment, one wins and the other does nothing."""
    for _ in range(5):
        hold = held()
        at_once(*[partial(_on, hold.pk, act) for act in (capture, release)])
        hold.refresh_from_db()
        assert hold.state in {"captured", "released"}
        stripe_double.assert_sound()
    books = stripe_double.books(retailer)
    assert books["held"] == books["captured"] + books["released"] == 5 * 11_010


def _on(pk, act):
    return act(Hold.objects.get(pk=pk))


def test_it_is_not_called_within_a_transaction(held, retailer, stripe_double):
    hold = held()

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        release(hold)

    hold.refresh_from_db()
    assert hold.state == "held"
    assert stripe_double.books(retailer)["released"] == 0
