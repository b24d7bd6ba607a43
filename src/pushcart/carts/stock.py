from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.inventory.actions.give_back import give_back

if TYPE_CHECKING:
    from pushcart.carts.change import Change
    from pushcart.carts.models import Line


def put_back(change: Change, line: Line) -> None:
    """Puts what the line took from the shelf back on it; a line that took nothing, or gave it back, is left alone."""
    if line.stock_snapshot is not None:
        give_back(change.cart.store_id, line.upc, line.qty, line.stock_snapshot)
        change.note(line, stock_snapshot=None)
