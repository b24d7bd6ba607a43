"""`POST /headless/api/1.0/cart/validate`: one basket, placed at once (contract, section 5)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from pushcart.api.headless.caller import Caller
from pushcart.api.headless.door import failure, malformed
from pushcart.api.headless.numbers import (
    ITEM_NOT_AVAILABLE,
    NO_ACCESS,
    NOT_AUTHORIZED,
    PROCESSOR_TROUBLE,
    STORE_NOT_FOUND,
    STRIPE_ERROR,
    TAX_MISMATCH,
)
from pushcart.api.headless.order_in import OrderIn
from pushcart.carts.actions.place import place
from pushcart.carts.document import order_url
from pushcart.carts.models import Document
from pushcart.carts.order import Cause, Delivery, Item, Order, Shopper
from pushcart.companies.models import Company, Site

if TYPE_CHECKING:
    from pushcart.carts.models import Cart
    from pushcart.carts.order import LineAnswer, Placement
    from pushcart.companies.models import ApiKey

_NUMBER_OF = {
    Cause.STORE_UNKNOWN: STORE_NOT_FOUND,
    Cause.TAX_MISMATCH: TAX_MISMATCH,
    Cause.CARD_DECLINED: STRIPE_ERROR,
    Cause.HOLD_TOO_SHORT: STRIPE_ERROR,
    Cause.PAYMENT_TROUBLE: PROCESSOR_TROUBLE,
    Cause.BEING_PLACED: PROCESSOR_TROUBLE,
}
# Fields of a refusal that stand in the order, not in its line.
_OF_THE_ORDER = ("currency", "card_token", "delivery_address", "delivery_zip", "delivery_from")
_INNOCENT = "Nothing is wrong with this line: it was not ordered because another could not be."

Answer = tuple[int, dict[str, Any]]


def validate(request_body: dict[str, Any], key: ApiKey | Caller) -> Answer:
    """Places the order that a site sends for its shopper; the HTTP status and the body, to be written by orjson.

    200 also where the order was refused: `success` tells, and `data.lines` says why, line by line. 403 (1101, 1102):
    the key may not order, or not from this site. 422: malformed, every fault with its place, and nothing was done.
    """
    if key.company.kind != Company.Kind.BRAND:
        return 403, failure("Orders are placed with a brand's key.", NO_ACCESS)
    try:
        asked = OrderIn.model_validate(request_body)
    except ValidationError as error:
        return 422, malformed(error)
    if not Site.objects.filter(company=key.company, domain=asked.host_domain).exists():
        faults = [{"field": "host_domain", "message": f"{asked.host_domain} is not a site of {key.company.name}"}]
        return 403, failure(f"{faults[0]['message']}.", NOT_AUTHORIZED, faults=faults)
    placement = place(order_of(asked, key))
    return 200, placed(placement) if placement.ordered else refused(placement)


def order_of(asked: OrderIn, key: ApiKey | Caller) -> Order:
    """What a brand's server says of taxes and places is taken as it is; what a page says, shoppers can make up."""
    trusted = not isinstance(key, Caller) or key.keyed
    curbside = asked.curbside or asked.path_to_purchase == "curbside"
    return Order(
        brand_id=key.company_id,
        test=key.test,
        origin=asked.host_domain,
        path="bopis" if curbside else asked.path_to_purchase,
        items=tuple(_item(asked, number, trusted=trusted) for number in range(len(asked.items))),
        card_token=asked.card_token,
        currency=asked.currency,
        locale=asked.locale,
        muted=asked.mute_comms,
        curbside=curbside,
        car=asked.car,
        shopper=Shopper(**{name: getattr(asked, name) for name in Shopper.__slots__}),
        delivery=_delivery(asked, trusted=trusted) if asked.path_to_purchase == "delivery" else None,
    )


def _item(asked: OrderIn, number: int, *, trusted: bool) -> Item:
    item = asked.items[number]
    tax = item.tax_per_unit if trusted else None
    return Item(item.upc, item.store_id, item.qty, item.price_per_unit, tax, item.message)


def _delivery(asked: OrderIn, *, trusted: bool) -> Delivery:
    told = {name: getattr(asked, f"delivery_{name}") for name in Delivery.__slots__ if not name.startswith("wanted_")}
    if not trusted:
        told |= {"lat": None, "lng": None}
    return Delivery(**told, wanted_from=asked.delivery_from, wanted_until=asked.delivery_until)


def placed(placement: Placement) -> dict[str, Any]:
    """The answer to an order that stands."""
    first = placement.carts[0]
    return {
        "success": True,
        "data": {
            "cart_hash": first.hash,
            "order_url": order_url(first),
            "repeated": placement.repeated,
            "carts": [_cart(cart) for cart in placement.carts],
            "lines": [{**_line(line), "success": True} for line in placement.lines],
        },
    }


def _cart(cart: Cart) -> dict[str, Any]:
    document = Document.objects.get(cart=cart, sequence=cart.sequence)
    return {
        "cart_hash": cart.hash,
        "order_url": order_url(cart),
        "respond_by": cart.respond_by,
        "workflow": cart.workflow,
        "cart": orjson.Fragment(document.body),
    }


def refused(placement: Placement) -> dict[str, Any]:
    """The answer to an order of which nothing was done, line by line."""
    lines = [_refused_line(line) for line in placement.lines]
    first = next(line for line in lines if line["error_code"])
    wrong = sum(1 for line in lines if line["error_code"])
    what = f"{first['upc']}: {first['msg']}" if wrong == 1 else f"{wrong} lines can't be ordered. {first['msg']}"
    return failure(what, first["error_code"], lines=lines)


def number_of(cause: Cause) -> int:
    return _NUMBER_OF.get(cause, ITEM_NOT_AVAILABLE)


def _refused_line(line: LineAnswer) -> dict[str, Any]:
    answer = {**_line(line), "success": False}
    refusal = line.refusal
    if refusal is None:
        return {**answer, "error_code": None, "code": "", "msg": _INNOCENT, "field": "", "details": {}}
    whole = not refusal.field or refusal.field in _OF_THE_ORDER
    return {
        **answer,
        "error_code": number_of(refusal.cause),
        "code": refusal.cause,
        "msg": refusal.message,
        "field": refusal.field if whole else f"items[{line.position}].{refusal.field}",
        "details": {name: _json(value) for name, value in refusal.details.items()},
    }


def _line(line: LineAnswer) -> dict[str, Any]:
    return {"upc": line.upc, "store_id": line.store_id, "hold_status": line.hold}


def _json(value: Any) -> Any:
    """An amount as the wire has it: a number with all its digits."""
    return orjson.Fragment(str(value)) if isinstance(value, Decimal) else value
