"""Which days of which accounts wait to be reconciled."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import Min, Q
from django.db.models.functions import TruncDate

from pushcart.companies.models import StripeAccount
from pushcart.kit import clock
from pushcart.payments.ledger.models import Account, JournalEntry, Kind, Posting
from pushcart.payments.models import Hold
from pushcart.payments.reconciliation.models import Reconciliation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pushcart.companies.models import Company

# A day is looked at so long after its end: by then its last answers have come.
_SETTLES = timedelta(hours=2)
# Older days are not made up for by themselves: say `pushcart reconcile --day`.
_MOST_DAYS = 31


def due() -> list[tuple[int, str, date]]:
    """(company, account, UTC day) of each that waits; oldest first.

    Of the account that is connected every day since the ledger's first is looked at; of one that was before, those on
    which our ledger moved it.
    """
    last = (clock.now() - _SETTLES).astimezone(UTC).date() - timedelta(days=1)
    done = set(
        Reconciliation.objects.filter(day__gte=last - timedelta(days=_MOST_DAYS)).values_list("account_id", "day")
    )
    waiting = {each for each in [*_of_connected(last), *_of_former(last)] if each[1:] not in done}
    return sorted(waiting, key=lambda each: (each[2], each[0], each[1]))


def accounts_of(company: Company) -> list[str]:
    """Those on which the company's live orders were charged, with the one that is connected now."""
    charged = Hold.objects.filter(company=company, test=False).order_by().values_list("account_id", flat=True)
    connected = StripeAccount.objects.filter(company=company).values_list("account_id", flat=True)
    return sorted({*charged.distinct(), *connected})


def _of_connected(last: date) -> Iterator[tuple[int, str, date]]:
    live = JournalEntry.objects.filter(test=False)
    first_bookings = dict(live.order_by().values_list("company").annotate(Min("booked_at")))
    for account in StripeAccount.objects.filter(company__in=first_bookings, deauthorized_at=None):
        for day in _days(first_bookings[account.company_id], last):
            yield account.company_id, account.account_id, day


def _of_former(last: date) -> Iterator[tuple[int, str, date]]:
    begin, end = last - timedelta(days=_MOST_DAYS - 1), last + timedelta(days=1)
    span = Q(entry__booked_at__gte=_midnight(begin), entry__booked_at__lt=_midnight(end))
    moved = Posting.objects.filter(span, account=Account.BALANCE, entry__test=False)
    former = moved.exclude(entry__kind=Kind.STRIPE_FEE).exclude(
        entry__hold__account_id__in=StripeAccount.objects.values("account_id")
    )
    days = TruncDate("entry__booked_at", tzinfo=UTC)
    yield from former.order_by().values_list("entry__company_id", "entry__hold__account_id", days).distinct()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _days(first: datetime, last: date) -> list[date]:
    begin = max(first.astimezone(UTC).date(), last - timedelta(days=_MOST_DAYS - 1))
    return [begin + timedelta(days=number) for number in range((last - begin).days + 1)]
