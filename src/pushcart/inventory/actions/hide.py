from __future__ import annotations

from django.db import connection, transaction

from pushcart.inventory import lock
from pushcart.inventory.came import NEWEST
from pushcart.inventory.unpack import unpack

# Also where it is hidden already: a feed that came in since may be about to show it.
_SINCE = f"""
WITH shelf AS (SELECT store_id, upc FROM inventory_stock WHERE store_id = %(store_id)s AND upc = %(upc)s FOR UPDATE)
INSERT INTO inventory_since (store_id, upc, came, taken, hidden) SELECT store_id, upc, {NEWEST}, 0, true FROM shelf
ON CONFLICT (store_id, upc, came) DO UPDATE SET hidden = true
"""  # noqa: S608 a name of ours
_HIDE = "UPDATE inventory_stock SET hidden = true WHERE store_id = %(store_id)s AND upc = %(upc)s AND NOT hidden"


def hide(store_id: int, upc: str) -> bool:
    """The store found none of a product: it sells none until a feed tells the product anew. Says whether that is news.

    What other orders took stays theirs. A feed that came in before does not show it again, even if it is read later.
    """
    values: dict[str, int | str] = {"store_id": store_id, "upc": upc}
    with transaction.atomic(), connection.cursor() as cursor:
        lock.share(store_id)
        unpack(cursor, store_id, upc)
        cursor.execute(_SINCE, values)
        cursor.execute(_HIDE, values)
        changed: int = cursor.rowcount
    return changed == 1
