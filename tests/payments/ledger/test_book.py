from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from pushcart.kit import clock
from pushcart.payments.actions.capture import capture
from pushcart.payments.actions.give_back import give_back
from pushcart.payments.actions.place import place
from pushcart.payments.actions.release import release
from pushcart.payments.actions.reserve_refund import reserve_refund
from pushcart.payments.ledger.book import balances, book, enter
from pushcart.payments.ledger.models import Account, JournalEntry, Kind, Posting
from pushcart.payments.models import FeeRate, Hold


@pytest.fixture(autouse=True)
def fee(retailer):
    """3.5 %, given back for 30 days: 385 of 11,010, rounded half up from 385.35."""
    FeeRate.objects.create(company=retailer, basis_points=350, back_days=30)


def _journal(hold):
    """Each entry as its kind and its postings."""
    entries = JournalEntry.objects.filter(hold=hold).order_by("pk")
    return [(entry.kind, dict(entry.postings.order_by("pk").values_list("account", "amount"))) for entry in entries]


def test_it_books_the_life_of_a_charge(captured):
    hold = captured()
    give_back(reserve_refund(hold, 1_010))

    assert _journal(hold) == [
        ("hold", {"held": 11_010, "cards": -11_010}),
        ("capture", {"held": -11_010, "cards": 11_010, "sales": -11_010, "balance": 11_010}),
        ("fee", {"platform_fees": 385, "balance": -385}),
        # 385 by 1,010 of 11,010 is 35.3: the part of what is given back.
        ("fee_refund", {"platform_fees": -35, "balance": 35}),
        ("refund", {"refunds": 1_010, "balance": -1_010}),
    ]
    assert balances(hold) == {
        "held": 0,
        "cards": 0,
        "sales": -11_010,
        "balance": 11_010 - 385 - 1_010 + 35,
        "platform_fees": 350,
        "refunds": 1_010,
    }


def test_it_books_what_was_released_and_what_lapsed(held, stripe_double):
    released, lapsed = held(), held()
    stripe_double.control("POST", f"intents/{lapsed.intent_id}/lapse")
    release(released)
    release(lapsed)

    assert [kind for kind, _ in _journal(released)] == ["hold", "release"]
    assert [kind for kind, _ in _journal(lapsed)] == ["hold", "lapse"]
    assert set(balances(released).values()) == set(balances(lapsed).values()) == {0}


def test_it_books_a_hold_that_was_found_out_only_to_be_released(prepared, stripe_double, later):
    hold = prepared()
    stripe_double.fault("answer_lost", "/v1/payment_intents")
    place(hold)
    later()
    release(hold)

    assert [kind for kind, _ in _journal(hold)] == ["hold", "release"]


def test_it_books_nothing_of_a_card_that_was_declined(prepared):
    hold = place(prepared("pm_card_chargeCustomerFail"))

    assert (hold.state, _journal(hold)) == ("failed", [])


def test_it_books_a_refund_on_which_the_bank_works_and_that_comes_back(captured, stripe_double, later):
    hold = captured(card="pm_card_pendingRefund")
    first, second = give_back(reserve_refund(hold, 1_000)), give_back(reserve_refund(hold, 2_000))
    stripe_double.control("POST", f"refunds/{first.stripe_id}/succeed")
    stripe_double.control("POST", f"refunds/{second.stripe_id}/fail")
    later()
    give_back(first)
    give_back(second)

    kinds = [(kind, legs) for kind, legs in _journal(hold) if kind.startswith("refund")]
    assert kinds == [
        ("refund", {"refunds_pending": 1_000, "balance": -1_000}),
        ("refund", {"refunds_pending": 2_000, "balance": -2_000}),
        ("refund_settled", {"refunds_pending": -1_000, "refunds": 1_000}),
        ("refund_failed", {"refunds_pending": -2_000, "balance": 2_000}),
    ]
    assert JournalEntry.objects.get(kind="refund_settled").source == first.stripe_id


def test_it_books_once(captured):
    hold = captured()

    with transaction.atomic():
        assert book(hold) == []


def test_it_knows_the_time_of_the_sandbox(held, clock):
    clock.move(timedelta(days=3))
    hold = capture(held())

    assert JournalEntry.objects.get(hold=hold, kind="capture").booked_at > clock.now() - timedelta(minutes=1)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Posting.objects.update(amount=1),
        lambda: JournalEntry.objects.update(kind="capture"),
        lambda: Posting.objects.all()._raw_delete("default"),
        lambda: JournalEntry.objects.all()._raw_delete("default"),
    ],
)
def test_the_database_lets_nothing_that_was_booked_be_changed(held, change):
    hold = held()
    before = _journal(hold)

    with pytest.raises(IntegrityError, match="append-only"):
        change()

    assert _journal(hold) == before


@pytest.mark.parametrize("table", ["journalentry", "posting"])
def test_the_database_lets_no_ledger_be_emptied(held, table):
    hold = held()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE payments_{table} CASCADE")

    assert len(_journal(hold)) == 1


@pytest.mark.parametrize("postings", [{}, {Account.STRIPE_FEES: 5}, {Account.STRIPE_FEES: 5, Account.BALANCE: -4}])
def test_the_database_refuses_an_entry_that_does_not_add_up(held, postings):
    hold = held()
    with pytest.raises(IntegrityError, match="add up to"):
        enter(hold, Kind.STRIPE_FEE, postings, source="txn_1")

    assert len(_journal(hold)) == 1


@pytest.mark.parametrize("columns", [{"refunded": 1}, {"disputed": 1}, {"lost": 1}, {"fee_refunded": 1}])
def test_the_database_refuses_a_row_that_its_journal_does_not_know(captured, columns):
    hold = captured()
    with pytest.raises(IntegrityError, match="by its rows and"):
        Hold.objects.filter(pk=hold.pk).update(**columns)

    assert Hold.objects.filter(pk=hold.pk, **dict.fromkeys(columns, 0)).exists()


def test_the_database_refuses_an_entry_that_the_row_does_not_know(captured):
    hold = captured()
    with pytest.raises(IntegrityError, match="sales is -11010 by its rows and -11011 by its journal"):
        enter(hold, Kind.CAPTURE, {Account.SALES: -1, Account.BALANCE: 1}, source=hold.intent_id)

    assert balances(hold)["sales"] == -11_010
    assert clock.now() > hold.created_at


def test_the_database_takes_no_posting_into_an_entry_that_stands(captured):
    entry = JournalEntry.objects.filter(hold=captured()).first()
    count = Posting.objects.count()

    with (
        pytest.raises(IntegrityError, match=f"journal entry {entry.pk} stands: book another one"),
        transaction.atomic(),
    ):
        Posting.objects.create(entry=entry, account="balance", amount=500)
        Posting.objects.create(entry=entry, account="stripe_fees", amount=-500)

    assert Posting.objects.count() == count
