from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

_UNPACK = """
INSERT INTO inventory_stock (store_id, upc, on_hand, price, snapshot)
SELECT %(store_id)s, packed.upc, packed.on_hand, packed.price, packed.snapshot
FROM inventory_packed_lines(%(store_id)s, ARRAY[%(upc)s]) packed
WHERE packed.on_hand >= %(at_least)s
ON CONFLICT DO NOTHING
"""


def unpack(cursor: CursorWrapper, store_id: int, upc: str, *, at_least: int = 0) -> None:
    """Makes a packed product a row of its own, which can be locked and changed; it still says what the pack said.

    Nothing happens where it is one already, or has fewer pieces than `at_least`. The caller shares the store's lock.
    """
    cursor.execute(_UNPACK, {"store_id": store_id, "upc": upc, "at_least": at_least})
