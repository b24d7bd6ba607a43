from __future__ import annotations

from django.db import connection, transaction

from pushcart.inventory import lock

_GIVE_BACK = """
UPDATE inventory_stock SET taken = taken - %(qty)s
WHERE store_id = %(store_id)s AND upc = %(upc)s AND snapshot = %(snapshot)s AND taken >= %(qty)s
"""


def give_back(store_id: int, upc: str, qty: int, snapshot: int) -> bool:
    """Puts pieces that an order had taken back on the shelf, and says whether it did.

    Where a newer snapshot came meanwhile, the store has counted them itself and nothing is changed.
    """
    if qty < 1:
        raise ValueError(f"An order gives back at least one piece, not {qty}.")
    with transaction.atomic(), connection.cursor() as cursor:
        lock.share(store_id)
        cursor.execute(_GIVE_BACK, {"store_id": store_id, "upc": upc, "qty": qty, "snapshot": snapshot})
        changed: int = cursor.rowcount
    return changed == 1
