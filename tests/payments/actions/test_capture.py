from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from pushcart.payments.actions.capture import capture
from pushcart.payments.actions.place import place
from pushcart.payments.actions.release import release
from pushcart.payments.client import stripe_client
from pushcart.payments.models import Hold
from tests.at_once import at_once

CAPTURE = "/v1/payment_intents/*/capture"
LOOK = "/v1/payment_intents/*"
CHARGED_ONCE = [("hold", 11_010), ("capture", 11_010)]


def test_it_charges_the_whole_hold(held, retailer, stripe_double):
    hold = capture(held())

    hold.refresh_from_db()
    assert (hold.state, hold.captured, hold.refunding, hold.refunded) == ("captured", 11_010, 0, 0)
    assert stripe_double.movements(retailer) == CHARGED_ONCE
    assert stripe_double.books(retailer)["kept"] == 11_010
    stripe_double.assert_sound()


def test_it_charges_once_however_often_it_is_asked(held, retailer, stripe_double, later):
    hold = capture(held())
    later()

    assert capture(hold).state == "captured"
    assert capture(Hold.objects.get(pk=hold.pk)).state == "captured"
    assert stripe_double.movements(retailer) == CHARGED_ONCE


def test_it_charges_once_a_card_whose_every_first_answer_is_lost(held, retailer, stripe_double, later):
    hold = held(card="pm_card_captureAnswerLost")
    assert capture(hold).state == "capturing"
    later()

    assert capture(hold).state == "captured"
    assert stripe_double.movements(retailer) == CHARGED_ONCE


def test_it_charges_with_the_next_key_where_nothing_came_of_the_first(held, retailer, stripe_double, later):
    hold = held()
    stripe_double.fault("error_500", CAPTURE)
    assert capture(hold).state == "capturing"
    later()

    hold = capture(hold)
    assert (hold.state, hold.attempt) == ("capturing", 2)
    later()
    assert capture(hold).state == "captured"
    assert stripe_double.movements(retailer) == CHARGED_ONCE


def test_it_stays_unsure_while_it_can_not_look(held, retailer, stripe_double, later):
    hold = held()
    stripe_double.fault("error_500_after", CAPTURE)
    capture(hold)
    later()
    stripe_double.fault("answer_lost", LOOK, method="GET")

    assert capture(hold).state == "capturing"
    later()
    assert capture(hold).state == "captured"
    assert stripe_double.movements(retailer) == CHARGED_ONCE


def test_it_charges_once_when_stripe_has_forgotten_the_key(held, retailer, stripe_double, clock):
    hold = held()
    stripe_double.fault("answer_lost", CAPTURE)
    capture(hold)
    clock.move(timedelta(days=2))

    assert capture(hold).state == "captured"
    assert stripe_double.movements(retailer) == CHARGED_ONCE


def test_it_says_that_the_bank_refused_and_nothing_stays_held(held, retailer, stripe_double):
    hold = capture(held(card="pm_card_captureDeclined"))

    hold.refresh_from_db()
    assert (hold.state, hold.captured) == ("capture_failed", 0)
    assert (hold.failure_code, hold.failure_message) == ("generic_decline", "Your card was declined.")
    assert release(hold).state == "released"
    assert hold.failure_message == "Your card was declined."
    assert stripe_double.movements(retailer) == [("hold", 11_010), ("release", 11_010)]
    stripe_double.assert_sound()


def test_it_says_that_the_hold_has_lapsed(held, retailer, stripe_double, clock):
    hold = held()
    clock.move(timedelta(days=8))

    hold = capture(hold)

    assert (hold.state, hold.failure_code) == ("capture_failed", "hold_lapsed")
    assert hold.failure_message == "The hold on the card had run out."
    assert release(hold).state == "lapsed"
    assert stripe_double.movements(retailer) == [("hold", 11_010), ("release", 11_010)]


def test_it_says_that_somebody_gave_the_hold_back_at_stripe(held, stripe_double):
    hold = held()
    stripe_client(test=False).v1.payment_intents.cancel(hold.intent_id, options={"stripe_account": hold.account_id})

    hold = capture(hold)

    assert (hold.state, hold.failure_code) == ("capture_failed", "hold_canceled")
    assert release(hold).state == "released"


def test_it_records_what_somebody_captured_at_stripe(held, retailer, stripe_double):
    hold = held()
    stripe_client(test=False).v1.payment_intents.capture(hold.intent_id, options={"stripe_account": hold.account_id})

    hold = capture(hold)

    assert (hold.state, hold.captured) == ("captured", 11_010)
    assert stripe_double.movements(retailer) == CHARGED_ONCE


def test_it_does_not_take_a_part_for_the_whole(held, retailer, stripe_double):
    hold = held()
    stripe_client(test=False).v1.payment_intents.capture(
        hold.intent_id, params={"amount_to_capture": 10_000}, options={"stripe_account": hold.account_id}
    )

    hold = capture(hold)

    assert (hold.state, hold.captured, hold.failure_code) == ("capture_failed", 0, "captured_in_part")
    assert release(hold).state == "released"
    assert stripe_double.books(retailer)["kept"] == 0
    stripe_double.assert_sound()


def test_it_fails_on_an_account_that_took_its_access_away(held, retailer, stripe_double):
    hold = held()
    stripe_double.control("POST", f"accounts/{hold.account_id}/deauthorize")

    hold = capture(hold)

    assert (hold.state, hold.failure_code) == ("capture_failed", "account_invalid")


def test_it_stays_unsure_on_a_closed_account_after_a_lost_answer(held, retailer, stripe_double, later):
    hold = held()
    stripe_double.fault("answer_lost", CAPTURE)
    capture(hold)
    stripe_double.control("POST", f"accounts/{hold.account_id}/deauthorize")
    later()
    assert capture(hold).state == "capturing"

    stripe_double.control("POST", f"accounts/{hold.account_id}/authorize")
    later()

    assert capture(hold).state == "captured"


@pytest.mark.parametrize("state", ["placing", "released", "failed"])
def test_it_captures_nothing_that_is_not_held(state, prepared, held, retailer, stripe_double):
    hold = {
        "placing": prepared,
        "released": lambda: release(held()),
        "failed": lambda: place(prepared(token="pm_card_chargeDeclined")),
    }[state]()

    assert capture(hold).state == state
    assert stripe_double.books(retailer)["captured"] == 0


def test_it_calls_once_when_two_capture_at_once(held, retailer, stripe_double):
    hold = held()
    stripe_double.fault("slow", CAPTURE, seconds=0.5, times=2)

    states = at_once(*[lambda: capture(Hold.objects.get(pk=hold.pk)).state] * 2)

    assert sorted(states) == ["captured", "capturing"]
    assert [fault["hits"] for fault in stripe_double.control("GET", "faults")] == [1]
    assert stripe_double.movements(retailer) == CHARGED_ONCE


def test_it_charges_once_when_the_first_caller_is_slower_than_its_time(held, retailer, stripe_double, later):
    """The second caller takes over while the first still waits; both know the same key."""
    hold = held()
    stripe_double.fault("late_answer", CAPTURE, seconds=1)
    first = Hold.objects.get(pk=hold.pk)

    def slow() -> None:
        try:
            capture(first)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    while Hold.objects.get(pk=hold.pk).state == "held" or not stripe_double.books(retailer)["captured"]:
        time.sleep(0.02)
    later()
    second = capture(hold)
    thread.join()

    assert second.state == "capturing"
    assert first.state == "captured"
    assert stripe_double.movements(retailer) == CHARGED_ONCE


def test_it_is_not_called_within_a_transaction(held, retailer, stripe_double):
    hold = held()

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        capture(hold)

    hold.refresh_from_db()
    assert hold.state == "held"
    assert stripe_double.books(retailer)["captured"] == 0


def test_it_is_captured_in_full_or_not_in_the_database_too(held):
    hold = held()

    with pytest.raises(IntegrityError, match="payments_captured_in_full_or_not"):
        Hold.objects.filter(pk=hold.pk).update(captured=1)
    Hold.objects.filter(pk=hold.pk).update(state="capturing", sealed_card="")
    with pytest.raises(IntegrityError, match="payments_captured_in_full_or_not"):
        Hold.objects.filter(pk=hold.pk).update(state="captured", captured=11_009)
