from __future__ import annotations

from django.db import connection, transaction

from pushcart.inventory import lock

_TAKE = """
UPDATE inventory_stock SET taken = taken + %(qty)s
WHERE store_id = %(store_id)s AND upc = %(upc)s AND NOT hidden
AND on_hand - taken - (SELECT safety_stock FROM stores_store WHERE id = %(store_id)s) >= %(qty)s
RETURNING snapshot
"""


def take(store_id: int, upc: str, qty: int) -> int | None:
    """Takes ordered pieces off a store's stock and returns the snapshot that they were taken from, for `give_back`.

    None where the store has not that many to sell: nothing was taken. Of two orders for the last piece one gets it.
    """
    if qty < 1:
        raise ValueError(f"An order takes at least one piece, not {qty}.")
    with transaction.atomic(), connection.cursor() as cursor:
        lock.share(store_id)
        cursor.execute(_TAKE, {"store_id": store_id, "upc": upc, "qty": qty})
        row = cursor.fetchone()
    return None if row is None else row[0]
