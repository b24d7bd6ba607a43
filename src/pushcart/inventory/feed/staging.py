"""The rows of a feed in a temporary table of this connection: read whole before any stock is touched."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TABLE = """
CREATE TEMPORARY TABLE feed_staging (
    line integer NOT NULL,
    store_id bigint NOT NULL,
    upc text NOT NULL,
    qty integer,  -- null: set aside, the product stays as it is
    price bigint
)
"""
# Of a product that is told twice the last readable row counts.
_DROP_REPEATED = """
DELETE FROM feed_staging USING (
    SELECT ctid AS place,
           row_number() OVER (PARTITION BY store_id, upc ORDER BY qty IS NULL, line DESC) AS nth,
           first_value(line) OVER (PARTITION BY store_id, upc ORDER BY qty IS NULL, line DESC) AS counts
    FROM feed_staging
) numbered
WHERE feed_staging.ctid = numbered.place AND numbered.nth > 1
RETURNING feed_staging.line, feed_staging.upc, feed_staging.qty IS NULL, numbered.counts
"""


class Staged(NamedTuple):
    line: int
    store_id: int
    upc: str
    qty: int | None
    price: int | None


class Repeated(NamedTuple):
    """A row that another one of the same product outdid."""

    line: int
    upc: str
    unreadable: bool
    counts: int  # the line that counts


@contextmanager
def staging() -> Iterator[None]:
    """An empty staging table, for the time of the block."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.feed_staging")
        cursor.execute(_TABLE)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE pg_temp.feed_staging")


def stage(rows: Iterable[Staged]) -> list[Repeated]:
    """Copies the rows in and drops those that a later line of the same product outdoes, which it returns.

    An exception out of `rows` leaves the table empty and goes on.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy("COPY feed_staging FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(_DROP_REPEATED)
        repeated = [Repeated(*row) for row in cursor.fetchall()]
        cursor.execute("CREATE UNIQUE INDEX ON feed_staging (store_id, upc)")
        cursor.execute("ANALYZE feed_staging")
    return sorted(repeated)


def stores_staged() -> list[int]:
    """The stores of which at least one row could be read, in order. Another keeps its stock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT store_id FROM feed_staging WHERE qty IS NOT NULL ORDER BY store_id")
        return [store_id for (store_id,) in cursor.fetchall()]
