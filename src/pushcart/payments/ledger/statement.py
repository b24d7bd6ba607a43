"""A retailer's monthly statement: printable text, by day and currency."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.template.loader import render_to_string

from pushcart.kit import clock
from pushcart.kit.money import major
from pushcart.payments.ledger.days import Day, days

if TYPE_CHECKING:
    from pushcart.companies.models import Company

_AMOUNTS = ("captured", "refunded", "disputed", "platform_fees", "stripe_fees", "net")
_DECEMBER = 12


def statement(company: Company, month: date, *, test: bool = False) -> str:
    """The page as HTML, complete in itself, for the screen and for paper; `month` is any of its days."""
    begin, end = month_of(month)
    found = days(company, begin, end, test=test)
    currencies = [
        {"code": currency.upper(), "days": [_shown(day) for day in of_it], "sum": _shown(_sum(of_it))}
        for currency in sorted({day.currency for day in found})
        if (of_it := [day for day in found if day.currency == currency])
    ]
    values = {"company": company, "month": begin, "test": test, "currencies": currencies, "made_at": clock.now()}
    return render_to_string("payments/statement.html", values)


def month_of(day: date) -> tuple[date, date]:
    """The first day of the month and that of the next one."""
    begin = day.replace(day=1)
    after = date(begin.year + 1, 1, 1) if begin.month == _DECEMBER else date(begin.year, begin.month + 1, 1)
    return begin, after


def _sum(of_days: list[Day]) -> Day:
    sums = {name: sum(getattr(day, name) for day in of_days) for name in ("charges", *_AMOUNTS)}
    return Day(of_days[0].day, of_days[0].currency, **sums)


def _shown(day: Day) -> dict[str, object]:
    """Amounts as a statement signs them: what goes off the balance is negative."""
    signs = {"captured": 1, "net": 1}
    amounts = {name: major(signs.get(name, -1) * getattr(day, name), day.currency) for name in _AMOUNTS}
    return {"day": day.day, "charges": day.charges, **{name: _text(amount) for name, amount in amounts.items()}}


def _text(amount: object) -> str:
    """With thousands apart and a true minus; a zero of its own look."""
    return f"{amount:,}".replace("-", "−") if amount else "0"  # noqa: RUF001 the sign that prints as wide as a digit
