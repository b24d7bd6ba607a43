"""What would stand against a basket's order: the same checks, and nothing is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.api.headless.validate import number_of
from pushcart.carts.order import Item, Order
from pushcart.carts.placing.check import check
from pushcart.kit import clock
from pushcart.kit.money import major

if TYPE_CHECKING:
    from pushcart.visits.models import Visit


def rehearse(visit: Visit) -> list[dict[str, Any]]:
    """Each line that could not be ordered now, with its cause; where it is brought to is asked with the order alone."""
    items = list(visit.items.select_related("store__company").order_by("pk"))
    lines = tuple(
        Item(item.upc, item.store_id, item.qty, major(item.price, item.store.company.currency)) for item in items
    )
    order = Order(brand_id=visit.brand_id, test=visit.test, origin=visit.origin, path=visit.path, items=lines)
    _, refusals = check(order, clock.now())
    return [
        {
            "upc": lines[position].upc,
            "store_id": lines[position].store_id,
            "error_code": number_of(refusal.cause),
            "code": refusal.cause,
            "msg": refusal.message,
        }
        for position, refusal in sorted(refusals.items())
    ]
