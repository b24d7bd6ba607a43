"""A retailer's ledger by day and currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pushcart.companies.models import Company

_DAYS = """
SELECT (e.booked_at AT TIME ZONE 'UTC')::date AS day, e.currency,
    count(DISTINCT e.hold_id) FILTER (WHERE p.account = 'sales') AS charges,
    coalesce(-sum(p.amount) FILTER (WHERE p.account = 'sales'), 0) AS captured,
    coalesce(sum(p.amount) FILTER (WHERE p.account IN ('refunds', 'refunds_pending')), 0) AS refunded,
    coalesce(sum(p.amount) FILTER (WHERE p.account IN ('disputed', 'chargebacks', 'excess')), 0) AS disputed,
    coalesce(sum(p.amount) FILTER (WHERE p.account = 'platform_fees'), 0) AS platform_fees,
    coalesce(sum(p.amount) FILTER (WHERE p.account = 'stripe_fees'), 0) AS stripe_fees,
    coalesce(sum(p.amount) FILTER (WHERE p.account = 'balance'), 0) AS net,
    coalesce(sum(p.amount) FILTER (WHERE p.account = 'held'), 0) AS held,
    coalesce(sum(p.amount) FILTER (WHERE p.account = 'refunds_pending'), 0) AS pending
FROM payments_journalentry e JOIN payments_posting p ON p.entry_id = e.id
WHERE e.company_id = %s AND e.test = %s AND e.booked_at >= %s AND e.booked_at < %s
GROUP BY 1, 2 ORDER BY 1, 2
"""

_OPENING = """
SELECT e.currency,
    coalesce(sum(p.amount) FILTER (WHERE p.account = 'balance'), 0) AS balance,
    coalesce(sum(p.amount) FILTER (WHERE p.account = 'held'), 0) AS held,
    coalesce(sum(p.amount) FILTER (WHERE p.account = 'refunds_pending'), 0) AS pending
FROM payments_journalentry e JOIN payments_posting p ON p.entry_id = e.id
WHERE e.company_id = %s AND e.test = %s AND e.booked_at < %s
GROUP BY 1
"""


@dataclass(frozen=True)
class Standing:
    """How a retailer's accounts stand at a midnight: at Stripe, on shoppers' cards, and on its way back to them."""

    balance: int = 0
    held: int = 0
    pending: int = 0


@dataclass(frozen=True)
class Day:
    """What was booked on one UTC day in one currency, in minor units.

    Attributes:
        charges: lines that were charged.
        refunded: what went back to shoppers, less what came back late.
        disputed: what banks took, less what they gave back.
        platform_fees: the operator's, less what was given back.
        stripe_fees: as found in Stripe's balance transactions.
        net: by how much the balance at Stripe grew: captured less all of these.
        opening: how the accounts stood as it began; closing: as it ended.
    """

    day: date
    currency: str
    charges: int
    captured: int
    refunded: int
    disputed: int
    platform_fees: int
    stripe_fees: int
    net: int
    opening: Standing
    closing: Standing


def days(company: Company, begin: date, end: date, *, test: bool = False) -> list[Day]:
    """The days from `begin` until before `end` on which something was charged, given back, disputed or taken."""
    moments = [datetime.combine(day, time.min, UTC) for day in (begin, end)]
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, [company.pk, test, *moments])
        rows = cursor.fetchall()
    return list(_told(rows, standing(company, begin, test=test)))


def standing(company: Company, day: date, *, test: bool = False) -> dict[str, Standing]:
    """How the accounts stood as `day` began, by currency; one of which nothing was ever booked is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_OPENING, [company.pk, test, datetime.combine(day, time.min, UTC)])
        return {currency: Standing(*(int(amount) for amount in amounts)) for currency, *amounts in cursor.fetchall()}


def _told(rows: list[tuple[Any, ...]], stands: dict[str, Standing]) -> Iterator[Day]:
    """In their order, each from where the one before it ended; a day on which cards were only held is not told."""
    for day, currency, *amounts in rows:
        charges, captured, refunded, disputed, fees, stripes, net, held, pending = map(int, amounts)
        opening = stands.get(currency, Standing())
        closing = Standing(opening.balance + net, opening.held + held, opening.pending + pending)
        stands[currency] = closing
        if any((charges, captured, refunded, disputed, net)):
            yield Day(day, currency, charges, captured, refunded, disputed, fees, stripes, net, opening, closing)
