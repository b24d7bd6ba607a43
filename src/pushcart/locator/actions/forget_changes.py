from __future__ import annotations

from django.db import connection

# By the machine's time. Who was away for longer reads everything anew.
_FORGET = "DELETE FROM locator_change WHERE at < now() - interval '1 hour'"


def forget_changes() -> int:
    """Removes what every index has taken in long ago, and counts it."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)
        return int(cursor.rowcount)
