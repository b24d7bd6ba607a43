from __future__ import annotations

from django.db import connection, transaction

from pushcart.inventory import lock
from pushcart.inventory.came import NEWEST
from pushcart.inventory.unpack import unpack

_TAKE = f"""
WITH shelf AS (
    UPDATE inventory_stock SET taken = taken + %(qty)s
    WHERE store_id = %(store_id)s AND upc = %(upc)s AND NOT hidden
    AND on_hand - taken - (SELECT safety_stock FROM stores_store WHERE id = %(store_id)s) >= %(qty)s
    RETURNING store_id, upc
)
INSERT INTO inventory_since AS since (store_id, upc, came, taken, hidden)
SELECT store_id, upc, {NEWEST}, %(qty)s, false FROM shelf
ON CONFLICT (store_id, upc, came) DO UPDATE SET taken = since.taken + excluded.taken
RETURNING came
"""  # noqa: S608 a name of ours


def take(store_id: int, upc: str, qty: int) -> int | None:
    """Takes ordered pieces off a store's stock and returns the import since which they are taken, for `give_back`.

    None where the store has not that many to sell: nothing was taken. Of two orders for the last piece one gets it.
    A feed that came in before keeps them taken, even if it is read later.
    """
    if qty < 1:
        raise ValueError(f"An order takes at least one piece, not {qty}.")
    with transaction.atomic(), connection.cursor() as cursor:
        lock.share(store_id)
        unpack(cursor, store_id, upc, at_least=qty)
        cursor.execute(_TAKE, {"store_id": store_id, "upc": upc, "qty": qty})
        row = cursor.fetchone()
    return None if row is None else row[0]
