"""Orders for the push measurements: companies with endpoints, and events with documents of 2 KB, written by SQL."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import psycopg

from pushcart.companies.endpoint_secrets import new_secret, seal_secret

if TYPE_CHECKING:
    from collections.abc import Sequence

DOCUMENT_BYTES = 2000

# One event of each of the carts from %(first)s on, dealt out among the companies, numbered as `events.record` does.
_MANY = """
WITH dealt AS (
    SELECT n, (%(companies)s::bigint[])[1 + n %% cardinality(%(companies)s::bigint[])] AS company_id
    FROM generate_series(%(first)s::int, %(first)s::int + %(count)s::int - 1) n
), numbered AS (
    SELECT n, company_id, row_number() OVER (PARTITION BY company_id ORDER BY n) AS nth FROM dealt
), streams AS (
    INSERT INTO events_stream (company_id, test, last)
    SELECT company_id, false, count(*) FROM dealt GROUP BY company_id ORDER BY company_id
    ON CONFLICT (company_id, test) DO UPDATE SET last = events_stream.last + excluded.last
    RETURNING company_id, last
), counts AS (SELECT company_id, count(*) AS count FROM dealt GROUP BY company_id)
INSERT INTO events_event
    (uid, company_id, test, number, type, created_at, cart_id, cart_hash, sequence, data)
SELECT %(tag)s || n, company_id, false, last - count + nth, 'carts.ordered', now(), %(cart)s + n %% %(carts)s,
    'BENCH', 1 + n / %(carts)s, '{}'
FROM numbered JOIN streams USING (company_id) JOIN counts USING (company_id)
"""


class Network:
    """Companies with an endpoint each; `carts` carts whose documents of sequence 1 to `sequences` are written."""

    def __init__(self, database: str, urls: Sequence[str], *, carts: int, sequences: int = 1) -> None:
        self.connection = psycopg.connect(database, autocommit=True)
        self.companies: list[int] = []
        self._carts = carts
        self._written = 0
        self._tag = f"evt_{time.monotonic_ns():x}_"
        for n, url in enumerate(urls):
            named = {"name": f"{self._tag}{n}", "slug": f"{self._tag}{n}"}
            company = self._insert("companies_company", {"kind": "retailer", "country": "US", **named})
            endpoint = {"url": url, "body": "fat", "state": "working", "sealed_secrets": [seal_secret(new_secret())]}
            self._insert("companies_endpoint", {"company_id": company, **endpoint})
            self.companies.append(company)
        self._first_cart = self._make_carts(sequences)

    def write(self, count: int, *, companies: Sequence[int] = ()) -> list[str]:
        """Commits `count` events in one transaction with the pusher's wake-up call; their ids."""
        first = self._written
        self._written += count
        with self.connection.transaction():
            self.connection.execute(
                _MANY,
                {
                    "companies": list(companies or self.companies),
                    "first": first,
                    "count": count,
                    "tag": self._tag,
                    "cart": self._first_cart,
                    "carts": self._carts,
                },
            )
            self.connection.execute("SELECT pg_notify('pushcart_events', '')")
        return [f"{self._tag}{n}" for n in range(first, first + count)]

    def waiting(self, companies: Sequence[int]) -> int:
        """0 when all is delivered and recorded. Cheap, for it is asked while time is taken."""
        return self._one(
            """
            SELECT (SELECT coalesce(sum(s.last - c.number), 0) FROM webhooks_cursor c
                    JOIN companies_endpoint p ON p.id = c.endpoint_id
                    JOIN events_stream s ON s.company_id = p.company_id AND s.test = p.test
                    WHERE p.company_id = ANY (%(companies)s))::bigint
                 + (SELECT count(*) FROM companies_endpoint p CROSS JOIN LATERAL (
                        SELECT FROM webhooks_delivery d WHERE d.endpoint_id = p.id AND d.state = 'waiting' LIMIT 1) one
                    WHERE p.company_id = ANY (%(companies)s))
        """,
            {"companies": list(companies)},
        )

    def await_empty(self, *, companies: Sequence[int] = (), seconds: float = 120) -> None:
        """Until everything of these companies (all of this network's by default) is delivered and recorded."""
        until = time.monotonic() + seconds
        while self.waiting(companies or self.companies):
            if time.monotonic() > until:
                raise TimeoutError("Deliveries are still waiting.")
            time.sleep(0.02)

    def retire(self) -> None:
        """Leaves its endpoints out of the next measurement."""
        self.connection.execute(
            "UPDATE companies_endpoint SET state = 'paused' WHERE company_id = ANY (%s)", [self.companies]
        )

    def await_taken_in(self) -> None:
        """Until a pusher has met the endpoints."""
        while self._one("SELECT count(*) FROM webhooks_cursor") < self._one("SELECT count(*) FROM companies_endpoint"):
            time.sleep(0.02)

    def _make_carts(self, sequences: int) -> int:
        store = {
            "company_id": self.companies[0],
            "number": "1",
            "name": "Bench",
            "address": "1 Rd",
            "city": "Austin",
            "zip": "78701",
            "country": "US",
            "lat": 30,
            "lng": -97,
            "timezone": "UTC",
            "hours": "24/7",
        }
        store_id = self._insert("stores_store", store)
        first = self._one("SELECT coalesce(max(id), 0) + 1 FROM carts_cart")
        columns = {"retailer_id": self.companies[0], "brand_id": self.companies[0], "store_id": store_id}
        cart = self._filled("carts_cart", {**columns, "workflow": "pushcart", "path": "bopis", "currency": "usd"})
        self.connection.execute(
            "INSERT INTO carts_cart SELECT (jsonb_populate_record(NULL::carts_cart, %s || jsonb_build_object("
            "'id', n, 'hash', 'B' || n, 'shopper_token', 'B' || n))).* FROM generate_series(%s::int, %s::int) n",
            [json.dumps(cart), first, first + self._carts - 1],
        )
        document = {"hash": "BENCH", "status": "ordered", "sequence": 1, "filling": ""}
        document["filling"] = "x" * (DOCUMENT_BYTES - len(json.dumps(document)))
        self.connection.execute(
            "INSERT INTO carts_document (cart_id, sequence, body)"
            " SELECT n, s, %s FROM generate_series(%s::int, %s::int) n, generate_series(1, %s::int) s",
            [json.dumps(document), first, first + self._carts - 1, sequences],
        )
        self.connection.execute("ANALYZE")
        return first

    def _insert(self, table: str, row: dict[str, object]) -> int:
        """Its id."""
        row_id = self._one("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        filled = json.dumps(self._filled(table, {**row, "id": row_id}))
        self.connection.execute(f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, %s)).*", [filled])
        return row_id

    def _filled(self, table: str, row: dict[str, object]) -> dict[str, object]:
        """The row with something harmless in each other column that may not be null."""
        rows = self.connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = %s AND is_nullable = 'NO' AND column_name <> 'id'",
            [table],
        ).fetchall()
        harmless = {"boolean": False, "timestamp with time zone": "2026-01-01T00:00:00Z", "ARRAY": [], "jsonb": {}}
        numbers = ("integer", "bigint", "smallint", "double precision", "numeric")
        return {
            **{name: harmless.get(kind, 0 if kind in numbers else "") for name, kind in rows},
            **row,
        }

    def _one(self, statement: str, values: object = None) -> int:
        row = self.connection.execute(statement, values).fetchone()
        return row[0] if row else 0
