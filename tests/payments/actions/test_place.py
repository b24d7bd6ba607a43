from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from pushcart.kit import clock as kit_clock
from pushcart.kit.crypto import unseal
from pushcart.payments.actions.place import place
from pushcart.payments.actions.prepare import prepare
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import NotConnectedError
from pushcart.payments.installation import installation
from pushcart.payments.models import Hold
from tests import network

HOLD = "/v1/payment_intents"
# Everything that is asked on the way to a hold with a SetupIntent that has no customer.
STEPS = ["/v1/setup_intents/*", "/v1/customers", "/v1/payment_methods/*/attach", "/v1/payment_methods", HOLD]


def test_it_holds_the_amount_and_keeps_what_people_may_see_of_the_card(prepared, retailer, stripe_double):
    asked = prepared()
    token = unseal(asked.sealed_token, use="card")

    hold = place(asked)

    hold.refresh_from_db()
    assert (hold.state, hold.captured, hold.failure_code, hold.failure_message) == ("held", 0, "", "")
    assert (hold.card_brand, hold.card_last4) == ("visa", "4242")
    assert hold.sealed_token == ""
    assert token.startswith("seti_")
    assert hold.capture_before == pytest.approx(kit_clock.now() + timedelta(days=7), abs=timedelta(minutes=1))
    assert stripe_double.movements(retailer) == [("hold", 11_010)]
    stripe_double.assert_sound()


def test_it_asks_for_a_direct_charge_with_all_that_the_retailer_needs(prepared, retailer):
    hold = place(prepared())

    intent = stripe_client(test=False).v1.payment_intents.retrieve(
        hold.intent_id, options={"stripe_account": retailer.stripe_account.account_id}
    )
    assert (intent.amount, intent.currency, intent.capture_method) == (11_010, "usd", "manual")
    assert intent.status == "requires_capture"
    assert intent.description == "Order O3V36 at Hammer & Hearth"
    assert intent.metadata.to_dict() == {
        "line": str(hold.line_id),
        "hold": hold.key,
        "renewal": "0",
        "installation": installation(),
    }
    assert intent.payment_method == hold.payment_method
    assert intent.on_behalf_of is None
    assert intent.transfer_data is None


@pytest.mark.parametrize("customer", [True, False], ids=["of a customer", "of nobody"])
def test_it_pays_for_several_lines_and_stores_with_one_card(customer, retailer, stripe_double):
    other = network.retailer()
    stripe_double.connect(other)
    token = stripe_double.card_token(customer=customer)

    holds = [
        place(prepare(company, line, 2_500, "usd", card_token=token, test=True, description="Two stores, one card"))
        for line, company in enumerate([retailer, retailer, other], start=9_000_001)
    ]

    assert [hold.state for hold in holds] == ["held"] * 3
    assert stripe_double.books(retailer)["holding"] == 5_000
    assert stripe_double.books(other)["holding"] == 2_500


@pytest.mark.parametrize(
    ("card", "code", "sentence"),
    [
        ("pm_card_chargeDeclined", "generic_decline", "Your card was declined."),
        (
            "pm_card_chargeDeclinedInsufficientFunds",
            "insufficient_funds",
            "Your card has insufficient funds.",
        ),
        ("pm_card_chargeDeclinedLostCard", "lost_card", "Your card was declined."),
        ("pm_card_chargeDeclinedStolenCard", "stolen_card", "Your card was declined."),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "Your card has expired."),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "Your card's security code is incorrect."),
        (
            "pm_card_chargeDeclinedProcessingError",
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
        ),
        ("pm_card_chargeCustomerFail", "generic_decline", "Your card was declined."),
        (
            "pm_card_authenticationRequired",
            "authentication_required",
            "Your card was declined. This transaction requires authentication.",
        ),
    ],
)
def test_it_says_why_a_card_was_declined(card, code, sentence, prepared, stripe_double):
    hold = place(prepared(token=card))

    assert (hold.state, hold.failure_code, hold.failure_message) == ("failed", code, sentence)
    assert hold.sealed_token == ""
    assert stripe_double.books(hold.company)["holding"] == 0
    stripe_double.assert_sound()


def test_it_holds_a_card_whose_shopper_was_authenticated_when_it_was_set_up(prepared):
    assert place(prepared(card="pm_card_authenticationRequiredOnSetup")).state == "held"


@pytest.mark.parametrize(
    ("token", "code", "sentence"),
    [
        (
            "seti_unknown",
            "resource_missing",
            "This card is not known to the payment service. Please enter it again.",
        ),
        (
            "pm_unknown",
            "resource_missing",
            "This card is not known to the payment service. Please enter it again.",
        ),
    ],
)
def test_it_refuses_an_unknown_card_in_words_without_its_token(token, code, sentence, prepared):
    hold = place(prepared(token=token))

    assert (hold.state, hold.failure_code, hold.failure_message) == ("failed", code, sentence)


def test_it_refuses_a_card_that_was_not_set_up_to_its_end(prepared, stripe_double):
    intent = stripe_client(test=False).v1.setup_intents.create(params={"usage": "off_session"})

    hold = place(prepared(token=intent.id))

    assert (hold.state, hold.failure_code) == ("failed", "card_not_set_up")
    assert hold.failure_message == "The card was not completely set up. Please enter it again."


def test_it_refuses_an_amount_below_the_least(prepared, retailer, stripe_double):
    hold = place(prepared(amount=49))

    assert (hold.state, hold.failure_code) == ("failed", "amount_too_small")
    assert hold.failure_message == "The amount is below the least that a card can be charged."
    assert stripe_double.movements(retailer) == []


def test_it_refuses_on_an_account_that_may_not_charge(prepared, retailer, stripe_double):
    stripe_double.control("POST", f"accounts/{retailer.stripe_account.account_id}/disable")

    hold = place(prepared())

    assert (hold.state, hold.failure_message) == (
        "failed",
        "The payment service did not accept this payment.",
    )


def test_it_refuses_on_an_account_that_took_its_access_away(prepared, retailer, stripe_double):
    stripe_double.control("POST", f"accounts/{retailer.stripe_account.account_id}/deauthorize")

    hold = place(prepared())

    assert (hold.state, hold.failure_code) == ("failed", "account_invalid")
    assert hold.failure_message == "The store's account at the payment service does not take payments at the moment."


@pytest.mark.parametrize("effect", ["answer_lost", "rate_limited", "timeout"])
@pytest.mark.parametrize("path", STEPS)
def test_it_holds_once_after_a_lost_answer(effect, path, prepared, stripe_double, later):
    asked = prepared()
    stripe_double.fault(effect, path, seconds=0)

    hold = place(asked)

    assert hold.state == "placing"
    assert place(hold).state == "placing"
    later()
    hold = place(hold)
    assert hold.state == "held"
    assert stripe_double.movements(hold.company) == [("hold", 11_010)]
    assert stripe_double.unmet_faults() == 0
    stripe_double.assert_sound()


@pytest.mark.usefixtures("impatient")
def test_it_waits_no_longer_than_its_time_out(prepared, retailer, stripe_double, later):
    asked = prepared()
    stripe_double.fault("late_answer", HOLD, seconds=2)

    assert place(asked).state == "placing"

    for _ in range(50):
        # Until then Stripe says that the first call still goes on: 409.
        later()
        if place(asked).state == "held":
            break
        time.sleep(0.1)
    assert asked.state == "held"
    assert stripe_double.movements(retailer) == [("hold", 11_010)]


def test_it_finds_a_hold_that_was_made_although_stripe_says_500_for_ever(prepared, retailer, stripe_double, later):
    asked = prepared()
    stripe_double.fault("error_500_after", HOLD, method="POST")
    assert place(asked).state == "placing"
    later()

    hold = place(asked)

    assert (hold.state, hold.card_last4) == ("held", "4242")
    assert stripe_double.movements(retailer) == [("hold", 11_010)]


def test_it_finds_a_decline_although_stripe_says_500_for_ever(prepared, retailer, stripe_double, later):
    asked = prepared(card="pm_card_chargeCustomerFail")
    stripe_double.fault("error_500_after", HOLD, method="POST")
    assert place(asked).state == "placing"
    later()

    hold = place(asked)

    assert (hold.state, hold.failure_code) == ("failed", "generic_decline")
    assert hold.failure_message == "Your card was declined."
    assert stripe_double.movements(retailer) == []


@pytest.mark.parametrize("path", [*STEPS[1:4], HOLD])
def test_it_gives_up_where_nothing_was_made_and_stripe_says_500_for_ever(
    path, prepared, retailer, stripe_double, later
):
    asked = prepared()
    stripe_double.fault("error_500", path, method="POST")
    assert place(asked).state == "placing"
    later()

    hold = place(asked)

    assert (hold.state, hold.failure_code) == ("failed", "processing_error")
    assert hold.failure_message == "The payment service did not accept this payment."
    assert stripe_double.movements(retailer) == []


def test_it_stays_unsure_while_it_can_not_look(prepared, retailer, stripe_double, later):
    asked = prepared()
    stripe_double.fault("error_500_after", HOLD, method="POST")
    place(asked)
    later()
    stripe_double.fault("answer_lost", HOLD, method="GET")

    assert place(asked).state == "placing"
    later()
    assert place(asked).state == "held"
    assert stripe_double.movements(retailer) == [("hold", 11_010)]


def test_it_does_not_believe_a_refusal_after_a_lost_answer(prepared, retailer, stripe_double, later):
    """The account closed between the attempts: whether the first came through, only the account can tell."""
    asked = prepared()
    account = retailer.stripe_account.account_id
    stripe_double.fault("answer_lost", HOLD)
    place(asked)
    stripe_double.control("POST", f"accounts/{account}/deauthorize")
    later()
    assert place(asked).state == "placing"

    stripe_double.control("POST", f"accounts/{account}/authorize")
    later()

    assert place(asked).state == "held"


def test_it_looks_instead_of_asking_once_stripe_may_have_forgotten_the_key(prepared, retailer, stripe_double, clock):
    made, never_made = prepared(), prepared()
    stripe_double.fault("answer_lost", HOLD)
    place(made)
    stripe_double.fault("timeout", HOLD, seconds=0)
    place(never_made)
    clock.move(timedelta(hours=24))

    assert place(made).state == "held"
    hold = place(never_made)
    assert (hold.state, hold.failure_code) == ("failed", "processing_error")
    assert stripe_double.movements(retailer) == [("hold", 11_010)]


def test_it_lets_go_of_an_intent_that_waits_for_the_shopper(prepared, retailer, stripe_double, clock):
    hold = prepared()
    client, account = stripe_client(test=False), {"stripe_account": hold.account_id}
    intent = client.v1.payment_intents.create(
        params={
            "amount": hold.amount,
            "currency": "usd",
            "payment_method": "pm_card_authenticationRequired",
            "allowed_payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "metadata": {"hold": hold.key},
        },
        options=account,
    )
    assert intent.status == "requires_action"
    Hold.objects.filter(pk=hold.pk).update(payment_method="pm_shared", called_at=hold.created_at)
    clock.move(timedelta(hours=24))

    hold = place(hold)

    assert (hold.state, hold.failure_code) == ("released", "authentication_required")
    assert client.v1.payment_intents.retrieve(intent.id, options=account).status == "canceled"


def test_it_sees_only_its_own_intents(prepared, held, retailer, stripe_double, clock):
    other = held()
    hold = prepared()
    Hold.objects.filter(pk=hold.pk).update(payment_method="pm_shared", called_at=hold.created_at)
    clock.move(timedelta(hours=24))

    assert place(hold).state == "failed"
    other.refresh_from_db()
    assert other.state == "held"


def test_it_asks_by_itself_again_where_the_sdk_may(prepared, retailer, stripe_double, settings):
    settings.STRIPE_NETWORK_RETRIES = 1
    asked = prepared()
    stripe_double.fault("answer_lost", HOLD)

    assert place(asked).state == "held"
    assert stripe_double.movements(retailer) == [("hold", 11_010)]


def test_it_is_not_called_within_a_transaction(prepared, retailer, stripe_double):
    asked = prepared()

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        place(asked)

    assert not connection.in_atomic_block
    asked.refresh_from_db()
    assert (asked.state, asked.called_at) == ("placing", None)
    assert stripe_double.movements(retailer) == []


def test_it_prepares_nothing_for_a_company_without_account(transactional_db):
    company = network.retailer(name="Hammer & Hearth")

    with pytest.raises(NotConnectedError, match="Hammer & Hearth has connected no Stripe account"):
        prepare(company, 1, 500, "usd", card_token="pm_card_visa", test=False, description="")

    assert not Hold.objects.exists()


def test_it_prepares_one_hold_a_line(prepared, retailer):
    hold = prepared()

    with pytest.raises(IntegrityError):
        prepare(retailer, hold.line_id, 500, "usd", card_token="pm_card_visa", test=False, description="")


@pytest.mark.parametrize("amount", [0, -1])
def test_it_prepares_no_hold_of_nothing(amount, retailer):
    with pytest.raises(IntegrityError):
        prepare(retailer, 77, amount, "usd", card_token="pm_card_visa", test=False, description="")


def test_the_cards_token_is_sealed_until_it_is_used(prepared, stripe_double):
    token = stripe_double.card_token()
    hold = prepared(token=token)
    stripe_double.fault("timeout", "/v1/setup_intents/*", seconds=0)

    assert place(hold).state == "placing"

    row = Hold.objects.filter(pk=hold.pk).values().get()
    assert token not in str(row)
    assert unseal(row["sealed_token"], use="card") == token
