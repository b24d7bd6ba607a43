"""Which days of which accounts wait to be reconciled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Min

from pushcart.companies.models import StripeAccount
from pushcart.kit import clock
from pushcart.payments.ledger.models import JournalEntry
from pushcart.payments.reconciliation.models import Reconciliation

if TYPE_CHECKING:
    from datetime import date

# A day is looked at so long after its end: by then its last answers have come.
_SETTLES = timedelta(hours=2)
# Older days are not made up for by themselves: say `pushcart reconcile --day`.
_MOST_DAYS = 31


def due() -> list[tuple[int, date]]:
    """(company, UTC day) of each that has a ledger, is connected and was not reconciled yet; oldest first."""
    last = (clock.now() - _SETTLES).astimezone(UTC).date() - timedelta(days=1)
    live = JournalEntry.objects.filter(test=False)
    first_bookings = dict(live.order_by().values_list("company").annotate(Min("booked_at")))
    accounts = StripeAccount.objects.filter(company__in=first_bookings, deauthorized_at=None)
    done = set(
        Reconciliation.objects.filter(day__gte=last - timedelta(days=_MOST_DAYS)).values_list("account_id", "day")
    )
    return sorted(
        (
            (account.company_id, day)
            for account in accounts
            for day in _days(first_bookings[account.company_id], last)
            if (account.account_id, day) not in done
        ),
        key=lambda pair: (pair[1], pair[0]),
    )


def _days(first: datetime, last: date) -> list[date]:
    begin = max(first.astimezone(UTC).date(), last - timedelta(days=_MOST_DAYS - 1))
    return [begin + timedelta(days=number) for number in range((last - begin).days + 1)]
