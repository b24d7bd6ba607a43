"""The staged rows of one store as its new stock: what they leave out is out of stock (contract, section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from datetime import datetime

# Below this many lines in stock, a file that says 0 for each of them is believed.
_FEW = 10
_MOST_LOST_PERCENT = 60

_LOSS = """
SELECT count(*),
       count(*) FILTER (WHERE staged.upc IS NULL),
       count(*) FILTER (WHERE staged.upc IS NULL OR staged.qty = 0)
FROM inventory_stock stock
LEFT JOIN feed_staging staged ON staged.store_id = stock.store_id AND staged.upc = stock.upc
WHERE stock.store_id = %(store_id)s AND stock.on_hand > 0
"""
_STILL_SOMETHING = "SELECT EXISTS (SELECT FROM feed_staging WHERE store_id = %(store_id)s AND qty > 0)"

# Writes what differs and nothing else. A row that orders took from differs by `taken`: so whoever gives back to an
# older snapshot always finds the row numbered anew.
_TELL = """
MERGE INTO inventory_stock AS stock
USING (SELECT upc, qty, price FROM feed_staging WHERE store_id = %(store_id)s AND qty IS NOT NULL) AS told
ON stock.store_id = %(store_id)s AND stock.upc = told.upc
WHEN MATCHED AND (stock.on_hand, stock.taken, stock.hidden, stock.price)
    IS DISTINCT FROM (told.qty, 0, false, told.price) THEN
    UPDATE SET on_hand = told.qty, taken = 0, hidden = false, price = told.price,
               snapshot = %(snapshot)s, updated_at = %(at)s
WHEN NOT MATCHED THEN
    INSERT (store_id, upc, on_hand, taken, price, snapshot, updated_at)
    VALUES (%(store_id)s, told.upc, told.qty, 0, told.price, %(snapshot)s, %(at)s)
"""
_EMPTY_THE_REST = """
UPDATE inventory_stock stock SET on_hand = 0, taken = 0, hidden = false, snapshot = %(snapshot)s, updated_at = %(at)s
WHERE store_id = %(store_id)s AND (on_hand > 0 OR taken > 0 OR hidden)
AND NOT EXISTS (SELECT FROM feed_staging WHERE store_id = stock.store_id AND upc = stock.upc)
"""


def too_much_lost(store_id: int) -> str:
    """Why a person should look at this before it counts, as a sentence; empty where nothing is suspicious."""
    before, left_out, gone = _one(_LOSS, store_id)
    if not before:
        return ""
    (something,) = _one(_STILL_SOMETHING, store_id)
    if gone == before and not something and (left_out or before >= _FEW):
        return f"It would empty the store, which has {_lines(before)} in stock."
    if left_out * 100 > before * _MOST_LOST_PERCENT:
        return f"It leaves out {left_out} of the {_lines(before)} that the store has in stock."
    return ""


def write_stock(store_id: int, *, snapshot: int, at: datetime) -> int:
    """Makes the staged rows the store's stock and returns how many products that changed."""
    values: dict[str, Any] = {"store_id": store_id, "snapshot": snapshot, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_TELL, values)
        changed = cursor.rowcount
        cursor.execute(_EMPTY_THE_REST, values)
        return int(changed + cursor.rowcount)


def staged_rows(store_id: int) -> list[list[Any]]:
    """The store's staged rows as `[upc, qty, price]`, to be kept until a person has looked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT upc, qty, price FROM feed_staging WHERE store_id = %s ORDER BY upc", [store_id])
        return [list(row) for row in cursor.fetchall()]


def _one(query: str, store_id: int) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"store_id": store_id})
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"
