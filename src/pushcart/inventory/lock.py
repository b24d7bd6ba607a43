"""Orders and feeds of one store, kept from meeting half-way: a feed changes all of its stock at once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator

# The spaces of these locks among PostgreSQL's advisory locks.
_SPACE = 0x57_0C
_IMPORTS = 0x57_0D


def share(store_id: int) -> None:
    """For an order: any number at a time, none while a feed is written. Until the end of the transaction."""
    _lock("pg_advisory_xact_lock_shared", store_id)


def own(store_id: int) -> None:
    """For a feed: alone in the store. Until the end of the transaction."""
    _lock("pg_advisory_xact_lock", store_id)


@contextmanager
def reading(import_id: int) -> Iterator[bool]:
    """Whether this connection reads the import now, and no other. A process that dies gives it back by that."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_IMPORTS, import_id])
        (alone,) = cursor.fetchone()
    try:
        yield alone
    finally:
        if alone and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_IMPORTS, import_id])


def _lock(function: str, store_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [_SPACE, store_id])
