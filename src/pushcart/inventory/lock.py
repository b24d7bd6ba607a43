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

# Functions of the target list are called as the rows leave the sort.
_OWN = "SELECT pg_advisory_xact_lock(%s, id) FROM unnest(%s::integer[]) AS store (id) ORDER BY id"
_SHARE = "SELECT pg_advisory_xact_lock_shared(%s, %s)"


def share(store_id: int) -> None:
    """For an order: any number at a time, none while a feed is written. Until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARE, [_SPACE, store_id])


def own(*store_ids: int) -> None:
    """For a feed: alone in the stores, locked in the order of their ids. Until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_OWN, [_SPACE, list(store_ids)])


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
