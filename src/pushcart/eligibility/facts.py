"""What the answer is made from, read for any number of stores in one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True)
class Facts:
    store_id: int
    company_id: int
    closed: bool
    activated: bool
    taxed_from: datetime | None
    has_billing: bool
    account_id: str | None
    charges_enabled: bool
    disabled_reason: str
    deauthorized: bool
    fed_at: datetime | None  # in full or in part
    counted_at: datetime | None  # in full
    endpoint_states: list[str]  # of those that take new orders


# Facts in their order, of `store`: one text for every driver. `{test}` in SOURCE is where its placeholder goes.
# Of the endpoints those alone that take new orders: one for feeds or refunds brings nobody an order.
COLUMNS = """
    store.id, store.company_id, store.closed, store.pushcart,
    (SELECT min(valid_from) FROM stores_taxrate WHERE store_id = store.id),
    company.billing_payment_method <> '',
    account.account_id, coalesce(account.charges_enabled, false), coalesce(account.disabled_reason, ''),
    account.deauthorized_at IS NOT NULL,
    freshness.fed_at, freshness.counted_at,
    coalesce(endpoint.states, '{}')
"""
SOURCE = """
FROM stores_store store
JOIN companies_company company ON company.id = store.company_id
LEFT JOIN companies_stripeaccount account ON account.company_id = company.id
LEFT JOIN inventory_freshness freshness ON freshness.store_id = store.id
LEFT JOIN (SELECT company_id,
                  array_agg(CASE WHEN behind_since IS NULL THEN state ELSE 'behind' END ORDER BY id) AS states
           FROM companies_endpoint
           WHERE test = {test} AND (cardinality(event_types) = 0 OR 'carts.ordered' = ANY (event_types))
           GROUP BY company_id) endpoint
       ON endpoint.company_id = company.id
"""


def read(store_ids: Iterable[int] | None = None, *, test: bool = False) -> list[Facts]:
    """The facts of these stores, or of all; `test` looks at the endpoints for test orders."""
    chosen = "" if store_ids is None else "WHERE store.id = ANY(%(ids)s) "
    values: dict[str, Any] = {"test": test, "ids": None if store_ids is None else list(store_ids)}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} {SOURCE.format(test='%(test)s')} {chosen}ORDER BY store.id", values)
        return [Facts(*row) for row in cursor.fetchall()]
