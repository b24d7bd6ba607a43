from __future__ import annotations

from django.db import connection, transaction

from pushcart.inventory import lock

_HIDE = "UPDATE inventory_stock SET hidden = true WHERE store_id = %s AND upc = %s AND NOT hidden"


def hide(store_id: int, upc: str) -> bool:
    """The store found none of a product: it sells none until a feed tells the product anew. Says whether that is news.

    What other orders took stays theirs.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock.share(store_id)
        cursor.execute(_HIDE, [store_id, upc])
        changed: int = cursor.rowcount
    return changed == 1
