from __future__ import annotations

from django.db import connection, transaction

from pushcart.inventory import lock

# Whoever else gives back or takes waits: the sum below is of all of them.
_SHELF = "SELECT FROM inventory_stock WHERE store_id = %(store_id)s AND upc = %(upc)s FOR UPDATE"
_GIVE_BACK = """
UPDATE inventory_since SET taken = taken - %(qty)s
WHERE store_id = %(store_id)s AND upc = %(upc)s AND came = %(came)s AND taken >= %(qty)s
"""
# Where a feed told less than was taken since, some of what comes back was never there.
_COUNT = """
UPDATE inventory_stock SET taken = least(
    on_hand, (SELECT sum(taken) FROM inventory_since WHERE store_id = %(store_id)s AND upc = %(upc)s)
)
WHERE store_id = %(store_id)s AND upc = %(upc)s
"""


def give_back(store_id: int, upc: str, qty: int, came: int) -> bool:
    """Puts pieces that an order had taken back on the shelf, and says whether it did.

    Where a feed that came in later has counted the product, the store has counted them itself and nothing is changed.

    Args:
        store_id: The store.
        upc: The product.
        qty: Pieces.
        came: What `take` returned.
    """
    if qty < 1:
        raise ValueError(f"An order gives back at least one piece, not {qty}.")
    values: dict[str, int | str] = {"store_id": store_id, "upc": upc, "qty": qty, "came": came}
    with transaction.atomic(), connection.cursor() as cursor:
        lock.share(store_id)
        cursor.execute(_SHELF, values)
        cursor.execute(_GIVE_BACK, values)
        if not cursor.rowcount:
            return False
        cursor.execute(_COUNT, values)
    return True
