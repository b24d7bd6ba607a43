"""Holds one day of a retailer's ledger against Stripe's own books, to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.companies.models import StripeAccount
from pushcart.kit import clock
from pushcart.payments.accounts import UNREACHABLE
from pushcart.payments.asking import NoAnswerError, RefusedError
from pushcart.payments.errors import NotConnectedError, StripeUnreachableError
from pushcart.payments.ledger.book import enter
from pushcart.payments.ledger.models import Account, JournalEntry, Kind, Posting
from pushcart.payments.reconciliation.compare import compare, holds_of
from pushcart.payments.reconciliation.fetch import fetch
from pushcart.payments.reconciliation.models import BalanceTransaction, Difference, Reconciliation

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from pushcart.companies.models import Company
    from pushcart.payments.reconciliation.compare import Found


def reconcile(company: Company, day: date, *, account_id: str = "") -> Reconciliation:
    """Reads what is new at Stripe, books Stripe's own fees as found, and writes down every difference of the day.

    A payment is compared by all that is known of it until now, so that what happened at midnight belongs to both days.
    One that moves here while Stripe is read is left for the day on which it moved. Differences that are still open are
    looked at again, and closed where both books agree by now. Said twice for a day, it is the same reconciliation, done
    anew.

    `account_id` is one that the company's orders were charged on; the one that is connected now where it is empty.

    Raises:
        NotConnectedError: the company has no Stripe account.
        StripeUnreachableError: Stripe gave no answer, or does not let the platform look; nothing was concluded.
        RuntimeError: called within a transaction.
    """
    books = _Books(company, account_id or _connected(company), clock.now())
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    try:
        fetch(company, books.account_id, since=begin)
    except (NoAnswerError, RefusedError):
        raise StripeUnreachableError(UNREACHABLE) from None
    with transaction.atomic(durable=True):
        _book_stripes_fees(books)
        return _written(books, day, begin)


@dataclass(frozen=True)
class _Books:
    """Those of one account, as they stood when Stripe was asked."""

    company: Company
    account_id: str
    asked_at: datetime


def _connected(company: Company) -> str:
    account = StripeAccount.objects.filter(company=company).first()
    if account is None:
        raise NotConnectedError(f"{company.name} has connected no Stripe account.")
    return account.account_id


def _book_stripes_fees(books: _Books) -> None:
    found = BalanceTransaction.objects.filter(account_id=books.account_id).exclude(stripe_fee=0)
    booked = JournalEntry.objects.filter(company=books.company, kind=Kind.STRIPE_FEE)
    unbooked = found.exclude(stripe_id__in=booked.values("source"))
    holds = holds_of(books.account_id, unbooked.values("intent_id"))
    for each in unbooked.order_by("pk"):
        hold = holds.get(each.intent_id)
        if hold is not None and not hold.test and hold.currency == each.currency:
            postings = {Account.STRIPE_FEES: each.stripe_fee, Account.BALANCE: -each.stripe_fee}
            about = {"source": each.stripe_id, "intent_id": each.intent_id}
            enter(hold, Kind.STRIPE_FEE, postings, at=each.created_at, **about)


def _written(books: _Books, day: date, begin: datetime) -> Reconciliation:
    moved, foreign = _moved_on(books, begin)
    done, _ = Reconciliation.objects.update_or_create(
        account_id=books.account_id,
        day=day,
        defaults={"company": books.company, "payments": len(moved), "foreign": foreign, "done_at": clock.now()},
    )
    moving = _moving(books)
    open_ones = {
        (each.intent_id, each.movement): each
        for each in Difference.objects.filter(account_id=books.account_id, resolved_at=None).select_for_update()
        if each.intent_id not in moving
    }
    looked_at = (moved | {intent_id for intent_id, _ in open_ones}) - moving
    for found in compare(books.account_id, looked_at):
        _keep(done, found, open_ones.pop((found.intent_id, found.movement), None))
    for agreed in open_ones.values():
        agreed.resolved_at = clock.now()
        agreed.save(update_fields=["resolved_at"])
    return done


def _moved_on(books: _Books, begin: datetime) -> tuple[set[str], int]:
    """The payments that moved on the day by either book, and how many transactions were the retailer's own.

    Test orders are in neither: Stripe keeps their books apart, unless the installation has one key for both.
    """
    day = (begin, begin + timedelta(days=1) - timedelta(microseconds=1))
    there = BalanceTransaction.objects.filter(account_id=books.account_id, created_at__range=day)
    known = holds_of(books.account_id, there.values("intent_id"))
    there = there.exclude(intent_id__in=[intent_id for intent_id, hold in known.items() if hold.test])
    of_platform = set(there.filter(ours=True).values_list("intent_id", flat=True)) | {
        intent_id for intent_id, hold in known.items() if not hold.test
    }
    ours = set(_here(books).filter(entry__booked_at__range=day).values_list("entry__intent_id", flat=True))
    return ours | of_platform - {""}, there.exclude(intent_id__in=of_platform).count()


def _moving(books: _Books) -> set[str]:
    """What was booked here after Stripe was asked: its answer can't know of that."""
    later = _here(books).filter(entry__booked_at__gt=books.asked_at)
    return set(later.values_list("entry__intent_id", flat=True))


def _here(books: _Books) -> QuerySet[Posting]:
    of_account = Posting.objects.filter(
        account=Account.BALANCE, entry__hold__account_id=books.account_id, entry__test=False
    )
    return of_account.exclude(entry__kind=Kind.STRIPE_FEE)


def _keep(done: Reconciliation, found: Found, known: Difference | None) -> None:
    difference = known or Difference(
        reconciliation=done, account_id=done.account_id, intent_id=found.intent_id, movement=found.movement
    )
    difference.hold, difference.cause = found.hold, found.cause
    difference.ours, difference.theirs = found.ours, found.theirs
    difference.currency, difference.their_currency = found.currency, found.their_currency
    difference.save()
