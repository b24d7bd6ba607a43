"""A retailer's monthly statement: printable text, by day and currency."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.template.loader import render_to_string

from pushcart.kit import clock
from pushcart.kit.money import major
from pushcart.payments.ledger.days import Day, Standing, days
from pushcart.payments.ledger.models import JournalEntry
from pushcart.payments.reconciliation.models import Reconciliation

if TYPE_CHECKING:
    from pushcart.companies.models import Company

_AMOUNTS = ("captured", "refunded", "disputed", "platform_fees", "stripe_fees", "net")
_DECEMBER = 12


class NotReconciledError(Exception):
    """A month is not to be put on paper before Stripe's books and ours were compared for its last day."""


def statement(company: Company, month: date, *, test: bool = False, provisional: bool = False) -> str:
    """The page as HTML, complete in itself, for the screen and for paper; `month` is any of its days.

    Raises:
        NotReconciledError: its last day with live orders is not reconciled yet, and it was not to be provisional.
    """
    begin, end = month_of(month)
    final = test or _is_reconciled(company, begin, end)
    if not final and not provisional:
        raise NotReconciledError(f"{begin:%B %Y} of {company.name} is not reconciled with Stripe to its last day yet.")
    found = days(company, begin, end, test=test)
    currencies = [
        {
            "code": currency.upper(),
            "days": [_shown(day) for day in of_it],
            "sum": _shown(_sum(of_it)),
            "opening": _standing(of_it[0].opening, currency),
            "closing": _standing(of_it[-1].closing, currency),
        }
        for currency in sorted({day.currency for day in found})
        if (of_it := [day for day in found if day.currency == currency])
    ]
    values = {
        "company": company,
        "month": begin,
        "test": test,
        "currencies": currencies,
        "made_at": clock.now(),
        "final": final,
    }
    return render_to_string("payments/statement.html", values)


def _is_reconciled(company: Company, begin: date, end: date) -> bool:
    """Whether each account that moved in the month was compared for the month's last day."""
    if clock.now().date() < end:
        return False
    moved = JournalEntry.objects.filter(
        company=company, test=False, booked_at__gte=_midnight(begin), booked_at__lt=_midnight(end)
    )
    last = Reconciliation.objects.filter(company=company, day__gte=end - timedelta(days=1))
    return not moved.exists() or last.exists()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def month_of(day: date) -> tuple[date, date]:
    """The first day of the month and that of the next one."""
    begin = day.replace(day=1)
    after = date(begin.year + 1, 1, 1) if begin.month == _DECEMBER else date(begin.year, begin.month + 1, 1)
    return begin, after


def _sum(of_days: list[Day]) -> Day:
    sums = {name: sum(getattr(day, name) for day in of_days) for name in ("charges", *_AMOUNTS)}
    first, last = of_days[0], of_days[-1]
    return Day(first.day, first.currency, **sums, opening=first.opening, closing=last.closing)


def _shown(day: Day) -> dict[str, object]:
    """Amounts as a statement signs them: what goes off the balance is negative."""
    signs = {"captured": 1, "net": 1}
    amounts = {name: major(signs.get(name, -1) * getattr(day, name), day.currency) for name in _AMOUNTS}
    shown = {name: _text(amount) for name, amount in amounts.items()}
    return {"day": day.day, "charges": day.charges, **shown, "closing": _standing(day.closing, day.currency)}


def _standing(stands: Standing, currency: str) -> dict[str, str]:
    return {name: _text(major(getattr(stands, name), currency)) for name in ("balance", "held", "pending")}


def _text(amount: object) -> str:
    """With thousands apart and a true minus; a zero of its own look."""
    return f"{amount:,}".replace("-", "−") if amount else "0"  # noqa: RUF001 the sign that prints as wide as a digit
