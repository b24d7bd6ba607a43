"""Holds one day of a retailer's ledger against Stripe's own books, to the cent."""

from __future__ import annotations

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
from pushcart.payments.models import Hold
from pushcart.payments.reconciliation.compare import compare
from pushcart.payments.reconciliation.fetch import fetch
from pushcart.payments.reconciliation.models import BalanceTransaction, Difference, Reconciliation

if TYPE_CHECKING:
    from datetime import date

    from pushcart.companies.models import Company
    from pushcart.payments.reconciliation.compare import Found


def reconcile(company: Company, day: date) -> Reconciliation:
    """Reads what is new at Stripe, books Stripe's own fees as found, and writes down every difference of the day.

    A payment is compared by all that is known of it until now, so that what happened at midnight belongs to both days.
    Differences that are still open are looked at again, and closed where both books agree by now. Said twice for a
    day, it is the same reconciliation, done anew.

    Raises:
        NotConnectedError: the company has no Stripe account.
        StripeUnreachableError: Stripe gave no answer, or does not let the platform look; nothing was concluded.
        RuntimeError: called within a transaction.
    """
    account = StripeAccount.objects.filter(company=company).first()
    if account is None:
        raise NotConnectedError(f"{company.name} has connected no Stripe account.")
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    try:
        fetch(account, since=begin)
    except (NoAnswerError, RefusedError):
        raise StripeUnreachableError(UNREACHABLE) from None
    with transaction.atomic(durable=True):
        _book_stripes_fees(account)
        return _written(account, day, begin)


def _book_stripes_fees(account: StripeAccount) -> None:
    found = BalanceTransaction.objects.filter(account_id=account.account_id).exclude(stripe_fee=0)
    booked = JournalEntry.objects.filter(company_id=account.company_id, kind=Kind.STRIPE_FEE)
    unbooked = found.exclude(stripe_id__in=booked.values("source"))
    live = Hold.objects.filter(account_id=account.account_id, test=False)
    holds = {hold.intent_id: hold for hold in live.filter(intent_id__in=unbooked.values("intent_id"))}
    for each in unbooked.order_by("pk"):
        hold = holds.get(each.intent_id)
        if hold is not None and hold.currency == each.currency:
            postings = {Account.STRIPE_FEES: each.stripe_fee, Account.BALANCE: -each.stripe_fee}
            enter(hold, Kind.STRIPE_FEE, postings, source=each.stripe_id, at=each.created_at)


def _written(account: StripeAccount, day: date, begin: datetime) -> Reconciliation:
    moved, foreign = _moved_on(account, begin)
    done, _ = Reconciliation.objects.update_or_create(
        account_id=account.account_id,
        day=day,
        defaults={"company_id": account.company_id, "payments": len(moved), "foreign": foreign, "done_at": clock.now()},
    )
    open_ones = {
        (each.intent_id, each.movement): each
        for each in Difference.objects.filter(account_id=account.account_id, resolved_at=None).select_for_update()
    }
    for found in compare(account.account_id, moved | {intent_id for intent_id, _ in open_ones}):
        _keep(done, found, open_ones.pop((found.intent_id, found.movement), None))
    for agreed in open_ones.values():
        agreed.resolved_at = clock.now()
        agreed.save(update_fields=["resolved_at"])
    return done


def _moved_on(account: StripeAccount, begin: datetime) -> tuple[set[str], int]:
    """The payments that moved on the day by either book, and how many transactions were the retailer's own.

    Test orders are in neither: Stripe keeps their books apart, unless the installation has one key for both.
    """
    day = (begin, begin + timedelta(days=1) - timedelta(microseconds=1))
    there = BalanceTransaction.objects.filter(account_id=account.account_id, created_at__range=day)
    holds = Hold.objects.filter(account_id=account.account_id)
    tests = holds.filter(test=True, intent_id__in=there.values("intent_id"))
    there = there.exclude(intent_id__in=tests.values("intent_id"))
    known = set(holds.filter(intent_id__in=there.values("intent_id")).values_list("intent_id", flat=True))
    of_platform = set(there.filter(ours=True).values_list("intent_id", flat=True)) | known
    here = Posting.objects.filter(
        account=Account.BALANCE,
        entry__hold__account_id=account.account_id,
        entry__test=False,
        entry__booked_at__range=day,
    )
    ours = set(here.exclude(entry__kind=Kind.STRIPE_FEE).values_list("entry__hold__intent_id", flat=True))
    return ours | of_platform - {""}, there.exclude(intent_id__in=of_platform).count()


def _keep(done: Reconciliation, found: Found, known: Difference | None) -> None:
    difference = known or Difference(
        reconciliation=done, account_id=done.account_id, intent_id=found.intent_id, movement=found.movement
    )
    difference.hold, difference.cause = found.hold, found.cause
    difference.ours, difference.theirs = found.ours, found.theirs
    difference.currency, difference.their_currency = found.currency, found.their_currency
    difference.save()
