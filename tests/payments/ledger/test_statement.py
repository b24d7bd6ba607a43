"""What a retailer gets on paper, from the ledger's own figures."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from typer.testing import CliRunner

from pushcart.cli.app import build
from pushcart.kit import clock as kit_clock
from pushcart.payments.actions.give_back import give_back
from pushcart.payments.actions.reconcile import reconcile
from pushcart.payments.actions.reserve_refund import reserve_refund
from pushcart.payments.ledger.check import check
from pushcart.payments.ledger.days import Day, Standing, days, standing
from pushcart.payments.ledger.export import COLUMNS, export
from pushcart.payments.ledger.models import JournalEntry, Posting
from pushcart.payments.ledger.statement import NotReconciledError, month_of, statement
from pushcart.payments.models import FeeRate, Hold

JUNE, JULY = date(2027, 6, 1), date(2027, 7, 1)


@pytest.fixture
def june(captured, retailer, clock):
    """Two charges on the 8th, a refund of one of them on the 9th, reconciled; and a charge of July."""
    FeeRate.objects.create(
        company=retailer, basis_points=350, back_days=30, valid_from=datetime(2027, 1, 1, tzinfo=UTC)
    )
    clock.freeze(datetime(2027, 6, 8, 15, tzinfo=UTC))
    hold = captured()
    captured(amount=250_000)
    clock.move(timedelta(days=1))
    give_back(reserve_refund(hold, 1_010))
    reconcile(retailer, date(2027, 6, 8))
    clock.freeze(datetime(2027, 7, 1, tzinfo=UTC))
    reconcile(retailer, date(2027, 6, 30))
    captured(amount=500)
    return retailer


def test_it_adds_up_each_day(june):
    nothing, after, end = Standing(), Standing(balance=244_246), Standing(balance=243_271)
    assert days(june, JUNE, JULY) == [
        Day(date(2027, 6, 8), "usd", 2, 261_010, 0, 0, 385 + 8_750, 349 + 7_280, 244_246, nothing, after),
        Day(date(2027, 6, 9), "usd", 0, 0, 1_010, 0, -35, 0, -1_010 + 35, after, end),
    ]
    (first,) = days(june, JULY, date(2027, 8, 1))
    assert (first.opening, first.closing) == (end, Standing(balance=243_271 + 500 - 18))


def test_it_says_what_is_held_and_on_its_way_as_a_day_ends(retailer, held, captured, clock):
    clock.freeze(datetime(2027, 6, 8, 15, tzinfo=UTC))
    held(amount=700)
    give_back(reserve_refund(captured(card="pm_card_pendingRefund"), 1_010))

    (day,) = days(retailer, JUNE, JULY)

    assert (day.opening, day.closing) == (Standing(), Standing(balance=10_000, held=700, pending=1_010))
    assert standing(retailer, date(2027, 6, 9)) == {"usd": day.closing}


def test_it_writes_no_page_of_a_month_that_stripe_was_not_asked_about(retailer, captured, clock):
    clock.freeze(datetime(2027, 6, 8, 15, tzinfo=UTC))
    captured()
    clock.freeze(datetime(2027, 7, 1, tzinfo=UTC))

    with pytest.raises(NotReconciledError, match=r"June 2027 of .* is not reconciled with Stripe to its last day yet"):
        statement(retailer, JUNE)
    assert "Provisional" in statement(retailer, JUNE, provisional=True)
    reconcile(retailer, date(2027, 6, 30))
    assert "Provisional" not in statement(retailer, JUNE)


def test_it_writes_the_month_as_a_page(june):
    page = statement(june, date(2027, 6, 17)).replace("\N{MINUS SIGN}", "-")

    rows = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)]
    assert [row for row in rows if row] == [
        ["Tue 8 Jun", "2", "2,610.10", "0", "0", "-91.35", "-76.29", "2,442.46", "2,442.46"],
        ["Wed 9 Jun", "0", "0", "-10.10", "0", "0.35", "0", "-9.75", "2,432.71"],
        ["In all", "2", "2,610.10", "-10.10", "0", "-91.00", "-76.29", "2,432.71", "2,432.71"],
    ]
    assert "<h1>Statement for June 2027</h1>" in page
    assert june.name in page


def test_it_says_so_where_nothing_was_booked(june):
    assert "Nothing was booked in this month." in statement(june, date(2027, 5, 1))
    assert "Nothing was booked in this month." in statement(june, JUNE, test=True)


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (date(2027, 6, 30), (date(2027, 6, 1), date(2027, 7, 1))),
        (date(2027, 12, 31), (date(2027, 12, 1), date(2028, 1, 1))),
    ],
)
def test_a_month_ends_where_the_next_begins(day, month):
    assert month_of(day) == month


def test_it_exports_every_posting(june):
    file = io.StringIO()
    count = export(june, JUNE, JULY, file)

    head, *rows = csv.reader(io.StringIO(file.getvalue()))
    assert tuple(head) == COLUMNS
    assert count == len(rows) == Posting.objects.filter(entry__booked_at__lt=datetime(2027, 7, 1, tzinfo=UTC)).count()
    captured = [row[5:] for row in rows if row[2] == "capture" and row[3] == rows[0][3]]
    assert sorted(captured) == [
        ["balance", "USD", "110.10", ""],
        ["cards", "USD", "110.10", ""],
        ["held", "USD", "", "110.10"],
        ["sales", "USD", "", "110.10"],
    ]
    debit, credit = (sum(Decimal(row[column] or 0) for row in rows) for column in (7, 8))
    assert debit == credit


def test_the_commands_write_them(june, tmp_path):
    page, table = tmp_path / "june.html", tmp_path / "june.csv"
    run = CliRunner().invoke

    assert run(build(), ["ledger", "statement", "--month", "2027-06", "--into", str(page)]).exit_code == 0
    exported = run(build(), ["ledger", "export", "--into", str(table), "--company", june.slug])
    proved = run(build(), ["ledger", "check"])

    assert "Statement for June 2027" in page.read_text()
    assert (
        len(table.read_text().splitlines())
        == Posting.objects.exclude(entry__booked_at__gte=kit_clock.now()).count() + 1
    )
    assert exported.exit_code == 0
    by_day = run(build(), ["ledger", "days", "--month", "2027-06"]).stdout.splitlines()
    assert by_day[0].endswith(
        "net,opening_balance,opening_held,opening_pending,closing_balance,closing_held,closing_pending"
    )
    assert by_day[2] == "2027-06-09,USD,0,0.00,10.10,0.00,-0.35,0.00,-9.75,2442.46,0.00,0.00,2432.71,0.00,0.00"
    early = run(build(), ["ledger", "statement", "--month", "2027-07"])
    assert (early.exit_code, "not reconciled" in early.output) == (1, True)
    assert proved.stdout == f"{JournalEntry.objects.count()} entries of {Hold.objects.count()} holds: 0 broken.\n"


def test_the_proof_finds_what_the_database_was_kept_from_refusing(june):
    """By somebody who may switch its rules off."""
    hold = Hold.objects.earliest("pk")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE payments_hold SET refunded = 1011 WHERE id = %s", [hold.pk])
        cursor.execute(
            "DELETE FROM payments_posting WHERE entry_id = %s AND account = 'held'", [hold.journal.first().pk]
        )
        cursor.execute("SET session_replication_role = DEFAULT")

    broken = CliRunner().invoke(build(), ["ledger", "check"])

    assert broken.exit_code == 1
    assert f"hold {hold.pk}: refunds is 1011 by its rows and 1010 by its journal" in check().broken
    assert len(check().broken) == 3
