"""The ledger as CSV: every posting, for the retailer's own books."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, TextIO

from django.db.models import Q

from pushcart.kit.money import major
from pushcart.payments.ledger.days import days
from pushcart.payments.ledger.models import Posting

if TYPE_CHECKING:
    from datetime import date

    from pushcart.companies.models import Company

_MOVED = ("captured", "refunded", "disputed", "platform_fees", "stripe_fees", "net")
_STANDING = ("balance", "held", "pending")
COLUMNS = ("entry", "booked_at", "kind", "line_id", "source", "account", "currency", "debit", "credit")


def export(company: Company, begin: date, end: date, file: TextIO, *, test: bool = False) -> int:
    """Writes the postings from `begin` until before `end` (UTC days) with a head line, oldest first, and counts them.

    Amounts are decimal major units; a posting has a debit or a credit, and those of an entry are equal in sum.
    """
    span = Q(
        entry__booked_at__gte=datetime.combine(begin, time.min, UTC),
        entry__booked_at__lt=datetime.combine(end, time.min, UTC),
    )
    postings = Posting.objects.filter(span, entry__company=company, entry__test=test).select_related("entry__hold")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    count = 0
    for posting in postings.order_by("entry__booked_at", "entry_id", "pk").iterator(chunk_size=2000):
        writer.writerow(_row(posting))
        count += 1
    return count


def export_days(company: Company, begin: date, end: date, file: TextIO, *, test: bool = False) -> None:
    """Writes each day from `begin` until before `end` that has something to tell, by currency, in decimal amounts."""
    writer = csv.writer(file)
    standing = [f"{when}_{name}" for when in ("opening", "closing") for name in _STANDING]
    writer.writerow(["day", "currency", "charges", *_MOVED, *standing])
    for day in days(company, begin, end, test=test):
        stood = [getattr(each, name) for each in (day.opening, day.closing) for name in _STANDING]
        amounts = [*(getattr(day, name) for name in _MOVED), *stood]
        told = [major(amount, day.currency) for amount in amounts]
        writer.writerow([day.day.isoformat(), day.currency.upper(), day.charges, *told])


def _row(posting: Posting) -> list[object]:
    entry = posting.entry
    amount = major(abs(posting.amount), entry.currency)
    debit, credit = (amount, "") if posting.amount > 0 else ("", amount)
    at = entry.booked_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    line, currency = entry.hold.line_id, entry.currency.upper()
    return [entry.pk, at, entry.kind, line, entry.source, posting.account, currency, debit, credit]
