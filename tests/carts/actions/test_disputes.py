"""A shopper's bank asks for a payment back: by events as Stripe sends them, doubled and in any order."""

from __future__ import annotations

import itertools

import pytest
from django.db import IntegrityError, transaction

from pushcart.carts.actions.settle import settle
from pushcart.carts.actions.update import LineUpdate, update
from pushcart.carts.errors import RefundAboveCaptureError
from pushcart.carts.models import Line
from pushcart.kit.clock import now as clock_now
from pushcart.payments import refunds
from pushcart.payments.actions.give_back import give_back
from pushcart.payments.actions.reconcile import reconcile
from pushcart.payments.actions.reserve_refund import reserve_refund
from pushcart.payments.actions.take_event import take_event
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import StripeUnreachableError
from pushcart.payments.ledger.book import balances
from pushcart.payments.models import Dispute, Hold
from pushcart.payments.reconciliation.report import report
from tests import doubles, network
from tests.carts.orders import everything, hold_of, last_event, line_of, shown, told
from tests.carts.paid import connected_store, ordered
from tests.stripe_events import events_of, sent

pytestmark = pytest.mark.django_db
clock_file = doubles.clock_file


@pytest.fixture
def store(stripe_double, clock):
    clock.freeze(clock.now())
    yield connected_store(stripe_double)
    stripe_double.assert_sound()


@pytest.fixture
def cart(store, stripe_double):
    cart = ordered(store, stripe_double.card_token())
    _says(cart, "confirmed")
    return cart


def _says(cart, status, **words):
    return update(cart.pk, [LineUpdate(network.GRILL, status, **words)])


def _disputed(cart, stripe_double, **how):
    """The cardholder goes to the bank; returns the dispute's id."""
    charge = stripe_client(test=False).v1.payment_intents.retrieve(
        hold_of(cart).intent_id, options={"stripe_account": hold_of(cart).account_id}
    )
    stripe_double.control("POST", f"charges/{charge.latest_charge}/dispute", **how)
    options = {"stripe_account": hold_of(cart).account_id}
    return stripe_client(test=False).v1.disputes.list(options=options).data[0].id


def _hear(cart, events=None):
    for event in events if events is not None else events_of(hold_of(cart).account_id, "charge.dispute.*"):
        taken = take_event(*sent(event))
        assert taken.hold.line_id == line_of(cart).pk
        settle(cart.pk)


def test_it_takes_a_disputed_payment_off(cart, store, stripe_double):
    _says(cart, "refund", refund_amount=3_192)
    _disputed(cart, stripe_double)
    _hear(cart)

    line = line_of(cart)
    assert (line.status, line.captured, line.kept, line.disputed, line.refunded) == (
        *("partially_refunded", 43_192, 40_000, 40_000, 3_192),
    )
    document = shown(cart)
    assert document["payment"]["status"] == "disputed"
    assert (document["items"][0]["disputed"], document["items"][0]["allowed"]) == (400.00, ["fulfilled"])
    assert told(cart)[-1] == "carts.disputed"
    assert last_event(cart).data == {"upcs": [network.GRILL], "amounts": {network.GRILL: 40_000}}
    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.status, dispute.amount, dispute.withdrawn, dispute.reason) == (
        *("open", "needs_response", 40_000, 40_000, "fraudulent"),
    )
    assert dispute.evidence_due_at is not None


def test_it_gives_back_what_was_won(cart, stripe_double):
    dispute = _disputed(cart, stripe_double)
    _hear(cart)
    stripe_double.control("POST", f"disputes/{dispute}/win")
    _hear(cart)

    line = line_of(cart)
    assert (line.status, line.kept, line.disputed, line.refunded) == ("confirmed", 43_192, 0, 0)
    assert (told(cart)[-2:], shown(cart)["payment"]["status"]) == (["carts.disputed", "carts.dispute_won"], "captured")
    assert last_event(cart).data["amounts"] == {network.GRILL: 43_192}
    assert balances(hold_of(cart))["balance"] == 43_192
    assert Dispute.objects.get().state == "won"
    _says(cart, "refund", refund_amount=43_192)
    assert line_of(cart).refunded == 43_192


def test_it_counts_what_was_lost_as_refunded(cart, stripe_double):
    dispute = _disputed(cart, stripe_double)
    _hear(cart)
    stripe_double.control("POST", f"disputes/{dispute}/lose")
    _hear(cart)

    line = line_of(cart)
    assert (line.status, line.kept, line.disputed, line.refunded, line.lost) == ("refunded", 0, 0, 43_192, 43_192)
    assert told(cart)[-2:] == ["carts.disputed", "carts.dispute_lost"]
    assert shown(cart)["refunded_total"] == 431.92
    assert (balances(hold_of(cart))["chargebacks"], balances(hold_of(cart))["balance"]) == (43_192, 0)


@pytest.mark.parametrize("end", ["win", "lose"])
def test_it_comes_to_the_same_in_any_order_and_doubled(store, stripe_double, end):
    ends = set()
    for order in itertools.islice(itertools.permutations(range(3)), 6):
        cart = ordered(store, stripe_double.card_token())
        _says(cart, "confirmed")
        dispute = _disputed(cart, stripe_double)
        stripe_double.control("POST", f"disputes/{dispute}/{end}")
        of_it = [
            event
            for event in events_of(hold_of(cart).account_id, "charge.dispute.*")
            if event["data"]["object"]["id"] == dispute
        ]
        _hear(cart, [of_it[i % len(of_it)] for i in (*order, *order)])
        line = line_of(cart)
        ends.add((line.status, line.kept, line.disputed, line.refunded))

    assert ends == {("confirmed", 43_192, 0, 0) if end == "win" else ("refunded", 0, 0, 43_192)}


def test_it_waits_for_the_row_where_the_event_comes_first(store, stripe_double):
    cart = ordered(store, stripe_double.card_token("pm_card_createDispute"))
    hold = hold_of(cart)
    stripe_client(test=False).v1.payment_intents.capture(hold.intent_id, options={"stripe_account": hold.account_id})
    (event, *_) = events_of(hold.account_id, "charge.dispute.*")
    before = everything(cart)

    with pytest.raises(StripeUnreachableError):
        take_event(*sent(event))

    assert (everything(cart), Dispute.objects.count()) == (before, 0)
    _says(cart, "confirmed")
    _hear(cart)
    assert line_of(cart).disputed == 43_192


def test_it_refunds_no_more_than_is_left_beside_a_dispute(cart, stripe_double):
    _disputed(cart, stripe_double)
    _hear(cart)
    before = everything(cart)

    with pytest.raises(RefundAboveCaptureError, match="Nothing that was charged is left"):
        _says(cart, "refund", refund_amount=1)

    assert everything(cart) == before


def test_a_refund_that_meets_a_dispute_comes_back_and_is_told(cart, stripe_double):
    """The dispute is there, and the event that tells of it is not: the bank refuses the refund."""
    _disputed(cart, stripe_double)
    _says(cart, "refund", refund_amount=1_000)
    _hear(cart)

    line = line_of(cart)
    assert (line.kept, line.refunding, line.refunded, line.disputed) == (43_192, 0, 0, 43_192)
    assert told(cart)[-2:] == ["carts.refund_failed", "carts.disputed"]
    assert "disputed this payment" in hold_of(cart).refunds.get().failure_message


def test_it_leaves_a_foreign_dispute_alone(cart, store, stripe_double):
    _disputed(cart, stripe_double)
    (event, *_) = events_of(hold_of(cart).account_id, "charge.dispute.created")
    event["data"]["object"]["payment_intent"] = "pi_of_the_retailers_own_shop"

    taken = take_event(*sent(event))

    assert (taken.hold, taken.dispute, Dispute.objects.count()) == (None, None, 0)


@pytest.mark.parametrize("columns", [{"disputed": 43_193}, {"lost": 43_193}, {"disputed": 20_000, "lost": 30_000}])
def test_the_database_lets_no_dispute_take_more_than_was_captured(cart, columns):
    with pytest.raises(IntegrityError, match="payments_disputes_within_capture"):
        Hold.objects.filter(pk=hold_of(cart).pk).update(**columns)


@pytest.mark.parametrize("columns", [{"disputed": 43_193}, {"lost": 1}])
def test_the_database_lets_no_line_show_more(cart, columns):
    with pytest.raises(IntegrityError, match="carts_line_not_negative"):
        Line.objects.filter(pk=line_of(cart).pk).update(**columns)


def test_it_gives_the_tax_back_with_what_was_lost(cart, stripe_double):
    """Of 431.92 with 32.92 of tax in it, 300.00 is lost and the rest given back: the tax of the whole."""
    Hold.objects.filter(pk=hold_of(cart).pk).update(tax=3_292)
    Line.objects.filter(cart=cart).update(tax=3_292, subtotal=39_900, total=43_192)
    _says(cart, "refund", refund_amount=13_192)
    stripe_double.control("POST", f"disputes/{_disputed(cart, stripe_double)}/lose")
    _hear(cart)

    line, hold = line_of(cart), hold_of(cart)
    assert (line.refunded, line.lost, line.tax_refunded) == (43_192, 30_000, 3_292)
    assert (hold.refunds.get().tax, hold.tax_lost) == (1_005, 2_287)


def test_a_refund_on_its_way_wins_no_dispute(store, stripe_double):
    """The bank takes the whole, and 100.00 of it are on their way back: the retailer pays those twice."""
    cart = ordered(store, stripe_double.card_token("pm_card_pendingRefund"))
    _says(cart, "confirmed")
    _says(cart, "refund", refund_amount=10_000)
    dispute = _disputed(cart, stripe_double, whole=True)
    _hear(cart)
    assert (line_of(cart).disputed, line_of(cart).refunding, hold_of(cart).excess) == (43_192, 10_000, 0)
    stripe_double.control("POST", f"refunds/{hold_of(cart).refunds.get().stripe_id}/succeed")
    _hear(cart, events_of(hold_of(cart).account_id, "refund.updated"))

    assert told(cart)[-2:] == ["carts.disputed", "carts.refunded"]
    line, hold = line_of(cart), hold_of(cart)
    assert (line.disputed, line.refunded, hold.excess) == (33_192, 10_000, 10_000)
    assert balances(hold)["balance"] == -10_000 - balances(hold).get("stripe_fees", 0)
    assert report(reconcile(store.company, clock_now().date())).differences == []
    stripe_double.control("POST", f"disputes/{dispute}/win")
    _hear(cart)
    assert told(cart)[-1] == "carts.dispute_won"
    assert last_event(cart).data["amounts"] == {network.GRILL: 43_192}
    assert (line_of(cart).kept, line_of(cart).disputed, hold_of(cart).excess) == (33_192, 0, 0)
    settled = balances(hold_of(cart))
    assert settled["balance"] + settled["stripe_fees"] == 33_192


def test_it_tells_of_a_bank_that_only_asks(cart, stripe_double):
    dispute = _disputed(cart, stripe_double, inquiry=True)
    _hear(cart)

    assert (told(cart)[-1], last_event(cart).data["amounts"]) == ("carts.dispute_inquiry", {network.GRILL: 43_192})
    assert (line_of(cart).disputed, Dispute.objects.get().status) == (0, "warning_needs_response")
    stripe_double.control("POST", f"disputes/{dispute}/lose")
    _hear(cart)
    assert (told(cart)[-1], Dispute.objects.get().state) == ("carts.dispute_inquiry", "dropped")
    _says(cart, "refund", refund_amount=43_192)
    assert line_of(cart).refunded == 43_192


def test_it_tells_of_refunds_that_cancel_out(cart, stripe_double):
    """One comes back late as another of the same amount is done: told are both."""
    _says(cart, "refund", refund_amount=5_000, key="one")
    _says(cart, "refund", refund_amount=6_000, key="two")
    one, two = hold_of(cart).refunds.order_by("pk")
    refunds.fail(one, "The bank sent it back.")
    with transaction.atomic():
        third = reserve_refund(hold_of(cart), 5_000)
    give_back(third)
    settle(cart.pk)

    assert two.state == "succeeded"
    assert told(cart)[-2:] == ["carts.refund_failed", "carts.refunded"]
    assert line_of(cart).refunded == 11_000
