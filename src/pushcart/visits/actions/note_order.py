from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.kit import ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushcart.visits.models import Visit


def note_order(visit: Visit, basket: str, lines: Sequence[dict[str, Any]], carts: Sequence[str]) -> None:
    """Takes out what was ordered and keeps which carts it became: a second click is told the same.

    What was laid in meanwhile stays there. A basket that was noted before stays as it was noted. The visit is locked by
    `changing`.

    Args:
        visit: Being changed.
        basket: The hash of the basket that was ordered.
        lines: `{"store_id", "upc", "qty"}` of each item.
        carts: Their hashes.
    """
    if basket in visit.ordered:
        return
    visit.ordered[basket] = list(carts)
    visit.hash = ids.short_hash()
    for line in lines:
        for item in visit.items.filter(store_id=line["store_id"], upc=line["upc"]):
            item.qty -= line["qty"]
            if item.qty > 0:
                item.save(update_fields=["qty"])
            else:
                item.delete()
