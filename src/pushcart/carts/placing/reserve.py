"""The order written down, its stock taken and its holds prepared: in one transaction, all of it or nothing."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.carts.models import Basket, Cart, Line
from pushcart.carts.order import Cause, Refusal
from pushcart.inventory.actions.take import take
from pushcart.payments.actions.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushcart.carts.order import Order
    from pushcart.carts.placing.check import Refusals
    from pushcart.carts.placing.parts import Part, PricedLine
    from pushcart.payments.models import Hold

# What of one piece each line took, by its position in the order: the snapshot, none for a test order.
_Taken = dict[int, int | None]


class LostRaceError(Exception):
    """Others were faster with the last pieces. `refusals` says of which lines; nothing was written."""

    def __init__(self, refusals: Refusals) -> None:
        super().__init__("The stock that was there a moment ago is gone.")
        self.refusals = refusals


def reserve(order: Order, parts: list[Part], fingerprint: bytes) -> list[Cart]:
    """The carts, one for each part in its order, all their lines `placing`.

    Raises:
        LostRaceError: see there.
        NotConnectedError: the retailer's Stripe account went away this very moment.
    """
    with transaction.atomic(durable=True):
        taken = _take_stock(order, parts)
        basket = Basket.objects.create(brand_id=order.brand_id, test=order.test, fingerprint=fingerprint)
        carts = [_cart(order, part, basket) for part in parts]
        for cart, part in zip(carts, parts, strict=True):
            for number, line in enumerate(_lines(cart, part, taken)):
                _prepare_hold(order, cart, line, of=len(part.lines), number=number + 1)
    return carts


def _take_stock(order: Order, parts: list[Part]) -> _Taken:
    """In the order of stores and UPCs, so that two baskets never wait for each other in a circle."""
    if order.test:
        return {}
    taken: _Taken = {}
    refusals: Refusals = {}
    for line in _by_shelf(parts):
        taken[line.position] = take(line.item.store_id, line.item.upc, line.item.qty)
        if taken[line.position] is None:
            refusals[line.position] = Refusal(
                Cause.OUT_OF_STOCK, "Others were faster: the store has not that many left.", field="qty"
            )
    if refusals:
        raise LostRaceError(refusals)
    return taken


def _by_shelf(parts: Iterable[Part]) -> list[PricedLine]:
    lines = [line for part in parts for line in part.lines]
    return sorted(lines, key=lambda line: (line.item.store_id, line.item.upc))


def _cart(order: Order, part: Part, basket: Basket) -> Cart:
    return Cart.objects.create(
        basket=basket,
        retailer=part.store.company,
        brand_id=order.brand_id,
        store=part.store,
        test=order.test,
        workflow=part.workflow,
        path=order.path,
        origin=order.origin,
        locale=order.locale,
        currency=part.store.company.currency,
        muted=order.muted,
        curbside=order.curbside,
        car=order.car,
        **asdict(order.shopper),
        **_delivery(order, part),
    )


def _delivery(order: Order, part: Part) -> dict[str, object]:
    if order.delivery is None or part.delivery is None:
        return {}
    told = asdict(order.delivery)
    names = ("first_name", "last_name", "phone", "address", "address_2", "city", "state", "zip", "country")
    return {
        **{f"delivery_{name}": told[name] for name in (*names, "instructions")},
        "delivery_from": part.delivery.begin,
        "delivery_until": part.delivery.end,
    }


def _lines(cart: Cart, part: Part, taken: _Taken) -> list[Line]:
    return Line.objects.bulk_create(
        Line(
            cart=cart,
            position=line.position,
            upc=line.item.upc,
            name=line.product.name,
            brand=line.product.brand.name,
            vendor_sku=line.product.vendor_sku,
            image=line.product.image,
            qty=line.item.qty,
            price_per_unit=line.price_per_unit,
            tax_per_unit=line.tax_per_unit,
            subtotal=line.subtotal,
            tax=line.tax,
            tax_included=line.tax_included,
            shipping=line.shipping,
            total=line.total,
            message=line.item.message,
            stock_snapshot=taken.get(line.position),
        )
        for line in part.lines
    )


def _prepare_hold(order: Order, cart: Cart, line: Line, *, number: int, of: int) -> Hold | None:
    """A reservation holds no card, and what costs nothing needs none."""
    if order.path == Cart.Path.ROPIS or not line.total:
        return None
    return prepare(
        cart.retailer,
        line_id=line.pk,
        amount=line.total,
        tax=line.tax,
        qty=line.qty,
        currency=cart.currency,
        card_token=order.card_token,
        test=order.test,
        description=f"Order {cart.hash}, line {number} of {of}: {line.qty} of {line.name}",
    )
