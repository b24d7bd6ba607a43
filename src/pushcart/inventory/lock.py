"""Orders and feeds of one store, kept from meeting half-way: a feed changes all of its stock at once."""

from __future__ import annotations

from django.db import connection

# The space of these locks among PostgreSQL's advisory locks.
_SPACE = 0x57_0C


def share(store_id: int) -> None:
    """For an order: any number at a time, none while a feed is written. Until the end of the transaction."""
    _lock("pg_advisory_xact_lock_shared", store_id)


def own(store_id: int) -> None:
    """For a feed: alone in the store. Until the end of the transaction."""
    _lock("pg_advisory_xact_lock", store_id)


def _lock(function: str, store_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [_SPACE, store_id])
