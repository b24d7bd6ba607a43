from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.visits.actions.add import add
from pushcart.visits.errors import BasketError

if TYPE_CHECKING:
    from pushcart.visits.models import Visit


def set_quantity(visit: Visit, store_id: int, upc: str, qty: int) -> None:
    """So many pieces of an item, at the store's present price; 0 takes it out. The visit is locked by `changing`.

    Raises:
        BasketError: it does not lie there, or the store hasn't so many.
    """
    item = visit.items.filter(store_id=store_id, upc=upc).first()
    if item is None:
        raise BasketError("not_there", f"{upc} of store {store_id} does not lie in the basket.")
    item.delete()
    if qty:
        add(visit, store_id, upc, path=visit.path, qty=qty, message=item.message)
