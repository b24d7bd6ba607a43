"""A retailer's ledger by day and currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
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
    coalesce(sum(p.amount) FILTER (WHERE p.account = 'balance'), 0) AS net
FROM payments_journalentry e JOIN payments_posting p ON p.entry_id = e.id
WHERE e.company_id = %s AND e.test = %s AND e.booked_at >= %s AND e.booked_at < %s
GROUP BY 1, 2 ORDER BY 1, 2
"""


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


def days(company: Company, begin: date, end: date, *, test: bool = False) -> list[Day]:
    """The days from `begin` until before `end` on which something was charged, given back, disputed or taken."""
    moments = [datetime.combine(day, time.min, UTC) for day in (begin, end)]
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, [company.pk, test, *moments])
        found = [Day(row[0], row[1], *(int(amount) for amount in row[2:])) for row in cursor.fetchall()]
    return [day for day in found if any((day.charges, day.captured, day.refunded, day.disputed, day.net))]
