"""A shopper's bank asks for a payment back: by events as Stripe sends them, doubled and in any order."""

from __future__ import annotations

import itertools

import pytest
from django.db import IntegrityError

from pushcart.carts.actions.settle import settle
from pushcart.carts.actions.update import LineUpdate, update
from pushcart.carts.errors import RefundAboveCaptureError
from pushcart.carts.models import Line
from pushcart.payments.actions.take_event import take_event
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import StripeUnreachableError
from pushcart.payments.ledger.book import balances
from pushcart.payments.models import Dispute, Hold
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


def _disputed(cart, stripe_double):
    """The cardholder goes to the bank; returns the dispute's id."""
    charge = stripe_client(test=False).v1.payment_intents.retrieve(
        hold_of(cart).intent_id, options={"stripe_account": hold_of(cart).account_id}
    )
    stripe_double.control("POST", f"charges/{charge.latest_charge}/dispute")
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
