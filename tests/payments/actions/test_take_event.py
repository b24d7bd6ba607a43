from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
import stripe

from pushcart.payments.actions.capture import capture
from pushcart.payments.actions.give_back import give_back
from pushcart.payments.actions.release import release
from pushcart.payments.actions.reserve_refund import reserve_refund
from pushcart.payments.actions.take_event import take_event
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import EventRefusedError, StripeUnreachableError
from pushcart.payments.models import Refund, StripeEvent

SECRET = "whsec_of_the_tests"


@pytest.fixture
def mailbox(retailer, stripe_double):
    with stripe_double.listening() as box:
        yield box


def _signed(event: dict[str, object], *, secret: str = SECRET, at: int | None = None) -> tuple[bytes, str]:
    payload = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(payload, secret, timestamp=at)
    return payload.encode(), header


def test_it_hears_that_an_account_can_not_charge_any_more(retailer, stripe_double, mailbox):
    assert retailer.stripe_account.charges_enabled
    account_id = retailer.stripe_account.account_id
    stripe_double.control("POST", f"accounts/{account_id}/disable", reason="requirements.past_due")

    taken = take_event(*mailbox.take("account.updated"))

    assert (taken.type, taken.again, taken.hold, taken.refund) == ("account.updated", False, None, None)
    account = taken.account
    account.refresh_from_db()
    assert (account.charges_enabled, account.disabled_reason) == (False, "requirements.past_due")
    assert StripeEvent.objects.get().account_id == account_id


def test_it_hears_that_access_was_taken_away_and_given_again(retailer, stripe_double, mailbox, clock):
    account_id = retailer.stripe_account.account_id
    stripe_double.control("POST", f"accounts/{account_id}/deauthorize")
    gone = mailbox.take("account.application.deauthorized")

    account = take_event(*gone).account

    account.refresh_from_db()
    assert (account.charges_enabled, account.disabled_reason) == (False, "account_invalid")
    assert account.deauthorized_at == account.synced_at
    stripe_double.control("POST", f"accounts/{account_id}/authorize")
    account = take_event(*mailbox.take("account.application.authorized")).account
    assert (account.charges_enabled, account.disabled_reason, account.deauthorized_at) == (True, "", None)


def test_it_does_not_trust_an_event_that_comes_late(retailer, stripe_double, mailbox):
    account_id = retailer.stripe_account.account_id
    stripe_double.control("POST", f"accounts/{account_id}/disable")
    disabled = mailbox.take("account.updated")
    stripe_double.onboard(account_id)
    assert take_event(*mailbox.take("account.updated")).account.charges_enabled

    assert take_event(*disabled).account.charges_enabled


def test_it_hears_that_a_hold_has_lapsed(held, retailer, stripe_double, mailbox):
    hold = held()
    stripe_double.control("POST", f"intents/{hold.intent_id}/lapse")

    taken = take_event(*mailbox.take("payment_intent.canceled"))

    assert (taken.hold.pk, taken.hold.state, taken.hold.failure_code) == (hold.pk, "lapsed", "hold_lapsed")
    assert taken.hold.failure_message == "The hold on the card had run out."


def test_it_hears_of_a_hold_that_it_gave_back_itself(held, mailbox):
    hold = release(held())

    taken = take_event(*mailbox.take("payment_intent.canceled"))

    assert (taken.hold.pk, taken.hold.state, taken.hold.failure_code) == (hold.pk, "released", "")


def test_it_leaves_a_hold_to_whoever_is_asking(held, stripe_double, mailbox, later):
    hold = held()
    stripe_double.fault("timeout", "/v1/payment_intents/*/capture", seconds=0)
    capture(hold)
    stripe_double.control("POST", f"intents/{hold.intent_id}/lapse")

    taken = take_event(*mailbox.take("payment_intent.canceled"))

    assert taken.hold.state == "capturing"
    later()
    assert capture(hold).failure_code == "hold_lapsed"


def test_it_takes_each_event_once(held, stripe_double, mailbox):
    hold = held()
    stripe_double.control("POST", f"intents/{hold.intent_id}/lapse")
    event = mailbox.take("payment_intent.canceled")
    first = take_event(*event)
    stripe_double.fault("answer_lost", "/v1/payment_intents/*", method="GET")

    second = take_event(*event)

    assert (first.again, second.again) == (False, True)
    assert (second.hold.pk, second.hold.state) == (hold.pk, "lapsed")
    assert stripe_double.unmet_faults() == 1
    assert StripeEvent.objects.count() == 1


def test_it_asks_to_be_told_again_while_stripe_does_not_answer(held, stripe_double, mailbox):
    hold = held()
    stripe_double.control("POST", f"intents/{hold.intent_id}/lapse")
    event = mailbox.take("payment_intent.canceled")
    stripe_double.fault("answer_lost", "/v1/payment_intents/*", method="GET")

    with pytest.raises(StripeUnreachableError):
        take_event(*event)

    hold.refresh_from_db()
    assert (hold.state, StripeEvent.objects.count()) == ("held", 0)
    assert take_event(*event).hold.state == "lapsed"


def test_it_hears_that_a_refund_failed_late(captured, stripe_double, mailbox, clock):
    refund = give_back(reserve_refund(captured(card="pm_card_refundFail"), 1_010))
    assert refund.state == "succeeded"
    clock.move(timedelta(days=2))
    stripe_double.control("POST", "sweep")

    taken = take_event(*mailbox.take("refund.failed"))

    assert (taken.refund.pk, taken.refund.state) == (refund.pk, "failed")
    assert taken.refund.failure_message == "The shopper's card has expired or was closed."
    assert (taken.hold.captured, taken.hold.refunding, taken.hold.refunded) == (11_010, 0, 0)
    again = take_event(*mailbox.take("charge.refund.updated"))
    assert (again.hold.refunded, again.refund.state) == (0, "failed")


def test_it_hears_that_the_bank_is_done_with_a_refund(captured, stripe_double, mailbox):
    refund = give_back(reserve_refund(captured(card="pm_card_pendingRefund"), 1_010))
    stripe_double.control("POST", f"refunds/{refund.stripe_id}/succeed")

    taken = take_event(*mailbox.take("refund.updated"))

    assert (taken.refund.pk, taken.refund.state) == (refund.pk, "succeeded")
    assert (taken.hold.refunding, taken.hold.refunded) == (0, 1_010)


def test_it_hears_what_became_of_a_refund_whose_answer_was_lost(captured, stripe_double, mailbox):
    refund = reserve_refund(captured(), 1_010)
    stripe_double.fault("answer_lost", "/v1/refunds")
    give_back(refund)

    taken = take_event(*mailbox.take("refund.created"))

    assert (taken.refund.pk, taken.refund.state, taken.hold.refunded) == (refund.pk, "succeeded", 1_010)


def test_it_counts_a_refund_that_was_made_at_stripe(captured, retailer, stripe_double, mailbox):
    hold = captured()
    made = stripe_client(test=False).v1.refunds.create(
        params={"payment_intent": hold.intent_id, "amount": 10},
        options={"stripe_account": hold.account_id},
    )
    event = mailbox.take("refund.created")

    taken = take_event(*event)
    take_event(*event)

    assert (taken.refund.amount, taken.refund.state, taken.refund.stripe_id) == (10, "succeeded", made.id)
    assert (taken.hold.captured, taken.hold.refunding, taken.hold.refunded) == (11_010, 0, 10)
    assert Refund.objects.count() == 1


def test_it_waits_where_a_refund_at_stripe_took_what_one_of_ours_reserved(captured, stripe_double, mailbox):
    hold = captured()
    refund = reserve_refund(hold, 1_010)
    stripe_client(test=False).v1.refunds.create(
        params={"payment_intent": hold.intent_id}, options={"stripe_account": hold.account_id}
    )
    event = mailbox.take("refund.created")

    with pytest.raises(StripeUnreachableError):
        take_event(*event)

    assert give_back(refund).state == "failed"
    taken = take_event(*event)
    assert (taken.refund.amount, taken.hold.refunding, taken.hold.refunded) == (11_010, 0, 11_010)


def test_it_counts_what_was_captured_and_refunded_at_stripe_once_it_knows_of_the_capture(held, mailbox):
    hold = held()
    client, account = stripe_client(test=False).v1, {"stripe_account": hold.account_id}
    client.payment_intents.capture(hold.intent_id, options=account)
    client.refunds.create(params={"payment_intent": hold.intent_id, "amount": 10}, options=account)
    event = mailbox.take("refund.created")

    with pytest.raises(StripeUnreachableError):
        take_event(*event)

    capture(hold)
    taken = take_event(*event)
    assert (taken.hold.state, taken.hold.captured, taken.hold.refunded) == ("captured", 11_010, 10)


def test_it_does_not_count_what_release_gave_back(held, stripe_double, mailbox):
    hold = held()
    stripe_client(test=False).v1.payment_intents.capture(hold.intent_id, options={"stripe_account": hold.account_id})
    release(hold)

    taken = take_event(*mailbox.take("refund.created"))

    assert (taken.hold, taken.refund) == (None, None)
    hold.refresh_from_db()
    assert (hold.state, hold.refunded) == ("released", 0)


def test_it_remembers_events_that_concern_nothing_of_ours(retailer, settings):
    event = {"id": "evt_1", "object": "event", "type": "customer.created", "data": {"object": {"id": "cus_1"}}}

    taken = take_event(*_signed(event))

    assert (taken.id, taken.again, taken.account, taken.hold, taken.refund) == ("evt_1", False, None, None, None)
    assert take_event(*_signed(event)).again


def test_it_knows_any_of_several_secrets(retailer, settings):
    settings.STRIPE_WEBHOOK_SECRET = "whsec_newer,whsec_older"
    event = {"id": "evt_1", "object": "event", "type": "customer.created", "data": {"object": {"id": "cus_1"}}}

    assert take_event(*_signed(event, secret="whsec_older")).id == "evt_1"
    with pytest.raises(EventRefusedError):
        take_event(*_signed(event, secret=SECRET))


UNSIGNED = "The signature is not one of Stripe's"
NO_EVENT = "This is not an event of Stripe's"


@pytest.mark.parametrize(
    ("send", "sentence"),
    [
        (lambda event: (_signed(event)[0] + b" ", _signed(event)[1]), UNSIGNED),
        (lambda event: (_signed(event)[0], ""), UNSIGNED),
        (lambda event: (_signed(event)[0], "t=1,v1=ff"), UNSIGNED),
        (lambda event: (_signed(event)[0], f"t={int(time.time())},v1=\xe9"), NO_EVENT),
        (lambda event: _signed(event, secret="whsec_x"), UNSIGNED),
        (lambda event: _signed(event, at=int(time.time()) - 301), UNSIGNED),
        (lambda event: _signed({**event, "object": "v2.core.event"}), NO_EVENT),
        (lambda _: _signed({"object": "event"}), NO_EVENT),
        (lambda _: _signed([]), NO_EVENT),
    ],
    ids=["changed", "unsigned", "guessed", "no letters", "another's", "too old", "thin", "empty", "a list"],
)
def test_it_refuses_what_stripe_did_not_send(send, sentence, retailer):
    event = {"id": "evt_1", "object": "event", "type": "customer.created", "data": {"object": {"id": "cus_1"}}}

    with pytest.raises(EventRefusedError, match=sentence):
        take_event(*send(event))

    assert not StripeEvent.objects.exists()
