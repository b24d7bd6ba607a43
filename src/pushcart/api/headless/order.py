"""POST cart/order: the session's basket becomes an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.api.headless.asked import OrderedIn
from pushcart.api.headless.door import SoftError, door
from pushcart.api.headless.numbers import ITEM_NOT_AVAILABLE, NOT_AUTHORIZED
from pushcart.api.headless.order_in import OrderIn
from pushcart.api.headless.validate import order_of, placed, refused
from pushcart.carts.actions.place import place
from pushcart.carts.models import Cart
from pushcart.carts.placing.repeat import placement_of
from pushcart.kit.money import major
from pushcart.visits.actions.note_order import note_order

if TYPE_CHECKING:
    from pushcart.api.headless.door import Call
    from pushcart.visits.models import Visit

# Of the order these are the basket's alone.
_OF_THE_BASKET = ("items", "store_id", "path_to_purchase", "host_domain")


@door("POST")
def order(call: Call) -> dict[str, Any]:
    """Places the basket of this `hash` for the shopper `full_name`, with `card_token` where it is paid by card.

    The same hash again is answered with the carts that it became. A refused order leaves the basket as it is.
    """
    asked = call.asked(OrderedIn)
    if asked.referral and not asked.full_name:
        raise SoftError("No shopper is handed on to a store's own site: order with a name.", NOT_AUTHORIZED)
    with call.changing() as visit:
        before = visit.ordered.get(asked.hash)
        lying = [] if before else _lines(visit, asked.hash)
    if before:
        return _done(placed(placement_of(list(Cart.objects.filter(hash__in=before)))), call)
    wanted = OrderIn.model_validate({**visit.shopper, **_said(call, asked.full_name), **_basket(visit, lying)})
    placement = place(order_of(wanted, call.caller))
    if not placement.ordered:
        answer = refused(placement)
        raise SoftError(answer["msg"], answer["error_code"], **answer["data"])
    with call.changing() as visit:
        note_order(visit, asked.hash, lying, [cart.hash for cart in placement.carts])
    return _done(placed(placement), call)


def _lines(visit: Visit, basket: str) -> list[dict[str, Any]]:
    items = list(visit.items.select_related("store__company").order_by("pk"))
    if basket != visit.hash or not items:
        raise SoftError("This basket is empty, or was renewed: ask for the cart again.", ITEM_NOT_AVAILABLE)
    return [
        {
            "store_id": item.store_id,
            "upc": item.upc,
            "qty": item.qty,
            "price_per_unit": major(item.price, item.store.company.currency),
            "message": item.message,
        }
        for item in items
    ]


def _said(call: Call, full_name: str) -> dict[str, Any]:
    """The shopper's own fields; a full name is split before its last word."""
    said = {name: value for name, value in call.said.items() if name not in _OF_THE_BASKET}
    if full_name:
        said["first_name"], _, said["last_name"] = f" {full_name}".rpartition(" ")
    return said


def _basket(visit: Visit, lying: list[dict[str, Any]]) -> dict[str, Any]:
    return {"path_to_purchase": visit.path, "host_domain": visit.origin, "items": lying}


def _done(answer: dict[str, Any], call: Call) -> dict[str, Any]:
    return {**answer["data"], "n_in_cart": 0, "session": {"id": call.session}}
