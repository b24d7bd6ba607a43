"""Our ledger beside the double's own balance transactions, as they agree and with differences planted in either."""

from __future__ import annotations

from datetime import timedelta

import pytest
import stripe

from pushcart.kit import clock as kit_clock
from pushcart.payments.actions import reconcile as reconciling
from pushcart.payments.actions.capture import capture
from pushcart.payments.actions.connect import connect
from pushcart.payments.actions.give_back import give_back
from pushcart.payments.actions.place import place
from pushcart.payments.actions.prepare import prepare
from pushcart.payments.actions.reconcile import reconcile
from pushcart.payments.actions.release import release
from pushcart.payments.actions.release_former import release_former
from pushcart.payments.actions.renew import renew
from pushcart.payments.actions.reserve_refund import reserve_refund
from pushcart.payments.actions.take_event import take_event
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import NotConnectedError, StripeUnreachableError
from pushcart.payments.ledger.book import balances
from pushcart.payments.ledger.days import days
from pushcart.payments.models import (
    BalanceTransaction,
    Difference,
    FeeRate,
    FormerIntent,
    Hold,
    JournalEntry,
    Reconciliation,
)
from pushcart.payments.reconciliation.due import accounts_of, due
from pushcart.payments.reconciliation.report import report
from tests import network
from tests.stripe_events import events_of, sent


@pytest.fixture(autouse=True)
def fee(retailer, clock):
    clock.freeze(clock.now().replace(hour=12, minute=0, second=0))
    FeeRate.objects.create(company=retailer, basis_points=350, back_days=30)


def _today():
    return kit_clock.now().date()


def _at_stripe(hold, **params):
    """Somebody pays at the platform's own account there, past our rows."""
    options = {"stripe_account": hold.account_id}
    return stripe_client(test=False).v1.payment_intents.create(
        params={
            "amount": 700,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            **params,
        },
        options=options,
    )


def _found(done):
    return [(each.movement, each.cause, each.ours, each.theirs) for each in report(done).differences]


def test_it_agrees_with_stripe_on_everything(captured, held, retailer, stripe_double):
    hold, disputed = captured(), captured(card="pm_card_createDispute")
    held()
    give_back(reserve_refund(hold, 1_010))
    for event in events_of(hold.account_id, "charge.dispute.*"):
        take_event(*sent(event))

    done = reconcile(retailer, _today())

    assert (_found(done), done.payments, done.foreign) == ([], 2, 0)
    # 2.9 % and 30 cents of each charge, and 15.00 for the dispute.
    assert (balances(hold)["stripe_fees"], balances(disputed)["stripe_fees"]) == (349, 349 + 1_500)
    balance = stripe_client(test=False).v1.balance.retrieve(options={"stripe_account": hold.account_id})
    ours = balances(hold)["balance"] + balances(disputed)["balance"]
    assert (ours, balance.pending[0].amount) == (balance.pending[0].amount, ours)


def test_it_books_what_it_found_once(captured, retailer):
    captured()
    for _ in range(3):
        reconcile(retailer, _today())

    assert JournalEntry.objects.filter(kind="stripe_fee").count() == 1
    assert (BalanceTransaction.objects.count(), Reconciliation.objects.count()) == (1, 1)


def test_it_reads_every_page(captured, retailer, monkeypatch):
    monkeypatch.setattr("pushcart.payments.reconciliation.fetch._PAGE", 2)
    for _ in range(5):
        captured(amount=100)

    assert (reconcile(retailer, _today()).payments, BalanceTransaction.objects.count()) == (5, 5)


def test_it_leaves_the_retailers_own_business_alone(captured, retailer):
    _at_stripe(captured())

    done = reconcile(retailer, _today())

    assert (_found(done), done.foreign) == ([], 1)


def test_it_names_a_payment_that_is_missing_here(captured, retailer):
    intent = _at_stripe(captured(), metadata={"hold": "999999", "line": "999999"})

    done = reconcile(retailer, _today())

    assert _found(done) == [("payment", "missing_here", 0, 700)]
    assert report(done).text.splitlines()[1] == (
        f"  payment of {intent.id} (no line of ours): Stripe moved 7.00 USD, and our ledger knows nothing of it"
    )


def test_it_names_a_refund_that_is_missing_here_until_it_is_known(captured, retailer):
    hold = captured()
    stripe_client(test=False).v1.refunds.create(
        params={"payment_intent": hold.intent_id, "amount": 25}, options={"stripe_account": hold.account_id}
    )
    assert _found(reconcile(retailer, _today())) == [("refund", "missing_here", 0, -25)]

    for event in events_of(hold.account_id, "refund.created"):
        take_event(*sent(event))

    # The next day's look finds that both books agree by now.
    kit_clock.move(timedelta(days=1))
    assert _found(reconcile(retailer, _today())) == []
    assert Difference.objects.get().resolved_at is not None


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ({"amount": 11_009}, ("payment", "other_amount", 11_010, 11_009)),
        ({"application_fee": 384}, ("fee", "fee", -385, -384)),
        ({"currency": "eur"}, ("fee", "other_currency", -385, -385)),
        ({"intent_id": "pi_elsewhere"}, ("fee", "fee", -385, 0)),
    ],
)
def test_it_names_every_cent(captured, retailer, planted, found):
    captured()
    reconcile(retailer, _today())
    BalanceTransaction.objects.update(**planted)

    assert found in _found(reconcile(retailer, _today()))


def test_it_names_what_is_missing_there(captured, retailer):
    hold = captured()
    reconcile(retailer, _today())
    BalanceTransaction.objects.update(intent_id="")

    done = reconcile(retailer, _today())

    assert ("payment", "missing_there", 11_010, 0) in _found(done)
    assert f"payment of {hold.intent_id} (line {hold.line_id}): our ledger moved 110.10 USD" in report(done).text


def test_it_concludes_nothing_without_an_answer(captured, retailer, stripe_double):
    captured()
    stripe_double.fault("error_500", "/v1/balance_transactions")

    with pytest.raises(StripeUnreachableError):
        reconcile(retailer, _today())

    assert (Reconciliation.objects.count(), BalanceTransaction.objects.count()) == (0, 0)
    assert not JournalEntry.objects.filter(kind="stripe_fee").exists()


def test_it_refuses_a_retailer_without_an_account(retailer):
    with pytest.raises(NotConnectedError):
        reconcile(network.retailer(), _today())


def test_it_waits_two_hours_and_makes_up_for_days_that_were_missed(captured, retailer):
    captured()
    first, account = _today(), retailer.stripe_account.account_id
    assert due() == []
    kit_clock.move(timedelta(hours=13, minutes=59))
    assert due() == []
    kit_clock.move(timedelta(minutes=2))
    assert due() == [(retailer.pk, account, first)]
    kit_clock.move(timedelta(days=2))
    assert due() == [(retailer.pk, account, first + timedelta(days=number)) for number in range(3)]

    reconcile(retailer, first)

    assert due() == [(retailer.pk, account, first + timedelta(days=number)) for number in (1, 2)]


def test_the_double_says_no_more_of_a_key_that_is_wrong(captured, retailer, settings):
    captured()
    settings.STRIPE_API_KEY = "sk_test_of_somebody_else"

    with pytest.raises(StripeUnreachableError):
        reconcile(retailer, _today())
    with pytest.raises(stripe.PermissionError):
        stripe_client(test=False).v1.balance_transactions.list(
            options={"stripe_account": retailer.stripe_account.account_id}
        )


def test_it_leaves_test_orders_to_stripes_test_mode(captured, retailer, stripe_double):
    """With a live and a test key one account has two books, which are apart as two accounts' are here."""
    captured()
    account = retailer.stripe_account.account_id
    elsewhere = network.retailer()
    stripe_double.connect(elsewhere)
    rehearsed = prepare(
        elsewhere, 77, 1_000, "usd", card_token=stripe_double.card_token(), test=True, description="a test order"
    )
    assert capture(place(rehearsed)).state == "captured"
    Hold.objects.filter(test=True).update(account_id=account, company=retailer)

    done = reconcile(retailer, _today())

    assert (_found(done), done.payments, done.foreign) == ([], 1, 0)


def test_it_leaves_test_orders_out_where_one_key_serves_for_both(prepared, retailer, stripe_double):
    hold = prepared()
    Hold.objects.filter(pk=hold.pk).update(test=True)
    hold.refresh_from_db()
    assert capture(place(hold)).state == "captured"

    done = reconcile(retailer, _today())

    assert (_found(done), done.payments, done.foreign) == ([], 0, 0)
    kit_clock.move(timedelta(days=2))
    assert due() == []


def test_it_agrees_on_what_was_captured_at_stripe_and_given_back(held, retailer, stripe_double, clock):
    """Of a hold, and of a former one: neither row ever says captured, and both books have it all the same."""
    client, renewed = stripe_client(test=False), held(amount=20_000)
    clock.move(timedelta(days=6, hours=1))
    hold = held()
    account = {"stripe_account": hold.account_id}
    stripe_double.fault("timeout", "/v1/payment_intents/*/cancel", seconds=0)
    renew(renewed)
    former = FormerIntent.objects.get()
    for intent_id, amount in ((hold.intent_id, 4_000), (former.intent_id, 20_000)):
        params = {"amount_to_capture": amount, "application_fee_amount": 100}
        client.v1.payment_intents.capture(intent_id, params=params, options=account)
    clock.move(timedelta(minutes=1))
    assert release(hold).state == "released"
    assert release_former(former).gone_at is not None

    done = reconcile(retailer, _today())

    assert (_found(done), done.payments) == ([], 2)
    assert (balances(hold)["past_us"], balances(hold)["balance"]) == (0, -balances(hold)["stripe_fees"])
    assert balances(renewed)["stripe_fees"] == 610
    assert days(retailer, _today(), _today() + timedelta(days=1))[0].charges == 0


def test_it_leaves_what_moves_while_stripe_is_read_for_its_own_day(captured, retailer, clock, monkeypatch):
    hold, fetched = captured(), reconciling.fetch

    def slow(*of, **since):
        count = fetched(*of, **since)
        clock.move(timedelta(seconds=1))
        give_back(reserve_refund(hold, 1_010))
        return count

    monkeypatch.setattr(reconciling, "fetch", slow)
    assert _found(reconcile(retailer, _today())) == []
    monkeypatch.undo()
    clock.move(timedelta(seconds=1))

    assert _found(reconcile(retailer, _today())) == []
    assert balances(hold)["refunds"] == 1_010


def test_it_looks_at_the_account_that_was_connected_before(captured, retailer, stripe_double, clock):
    hold = captured()
    made = stripe_client(test=False).v1.accounts.create(params={"type": "standard"}).id
    stripe_double.onboard(made)
    connect(retailer, made, "", "US")
    stripe_client(test=False).v1.refunds.create(
        params={"payment_intent": hold.intent_id, "amount": 25}, options={"stripe_account": hold.account_id}
    )
    day = _today()
    clock.move(timedelta(days=1))

    assert accounts_of(retailer) == sorted([made, hold.account_id])
    assert due() == [(retailer.pk, each, day) for each in accounts_of(retailer)]
    assert _found(reconcile(retailer, day)) == []
    assert _found(reconcile(retailer, day, account_id=hold.account_id)) == [("refund", "missing_here", 0, -25)]
    assert due() == []
