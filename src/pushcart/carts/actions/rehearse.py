"""A test event that really happens: a test order at one of the retailer's stores, walked by the ordinary verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pushcart.carts.actions.cancel import cancel
from pushcart.carts.actions.expire import expire
from pushcart.carts.actions.place import place
from pushcart.carts.actions.settle import settle
from pushcart.carts.actions.update import LineUpdate, update
from pushcart.carts.change import changing
from pushcart.carts.errors import (
    IllegalTransitionError,
    NothingToRehearseError,
    RehearsalRefusedError,
    UnknownRehearsalError,
)
from pushcart.carts.models import Cart
from pushcart.carts.moves import allowed
from pushcart.carts.order import Item, Order, Shopper
from pushcart.catalog.models import Product
from pushcart.inventory.models import ShelfLine
from pushcart.inventory.queries import available
from pushcart.kit import ids
from pushcart.kit.money import major
from pushcart.locator.labels import labels_of
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pushcart.carts.change import Change
    from pushcart.carts.models import Line
    from pushcart.companies.models import Company

# What is said of the order, one after the other, until it has come to the event.
_WAYS: dict[str, tuple[str, ...]] = {
    "carts.ordered": (),
    "carts.received": ("received",),
    "carts.confirmed": ("confirmed",),
    "carts.charged": ("confirmed",),
    "carts.rejected": ("rejected",),
    "carts.released": ("rejected",),
    "carts.auto_rejected": ("auto_rejected",),
    "carts.cancelled": ("cancelled",),
    "carts.fulfilled": ("confirmed", "fulfilled"),
    "carts.refunded": ("confirmed", "refund"),
}
EVENTS = tuple(_WAYS)
# A card of Stripe's test mode.
_CARD = "pm_card_visa"
_MOST_STORES, _MOST_PRODUCTS = 50, 50


class _Goods(NamedTuple):
    store: Store
    product: Product
    price: int  # minor units


def rehearse(retailer: Company, event: str, *, store: str = "", upc: str = "") -> Cart:
    """Makes a test order for pickup, paid by a test card, and has it come to `event`. Stock and money are not touched.

    What the shopper, the store or the time would do is said by the verbs that they would use; a window is not waited
    for. The retailer's own system may be faster: it gets the events as they happen, and may decide first.

    Args:
        retailer: Whose store sells it.
        event: One of `EVENTS`.
        store: The retailer's own number of a store; any by default.
        upc: A product, in its canonical form; any by default.

    Raises:
        UnknownRehearsalError: there is no such event to be made.
        NothingToRehearseError: no store of the retailer can sell anything by a test order.
        RehearsalRefusedError: the order was refused; the message is the refusal's.
        CartError: the order stands, but could not be brought to the event: the retailer's system was faster, say.
    """
    way = _WAYS.get(event)
    if way is None:
        raise UnknownRehearsalError(event, EVENTS)
    cart = _order(_goods(retailer, store, upc))
    for word in way:
        _say(cart, word)
    return Cart.objects.select_related("store").get(pk=cart.pk)


def _goods(retailer: Company, number: str, upc: str) -> _Goods:
    """The first that may be sold; else the reason why the first may not."""
    stores = Store.objects.filter(company=retailer, closed=False).select_related("company").order_by("pk")
    reason = "none of its stores has it in stock" if upc else "none of its stores has anything in stock"
    for store in (stores.filter(number=number) if number else stores)[:_MOST_STORES]:
        for goods, why_not in _shelf(store, upc):
            if not why_not:
                return goods
            reason = f"{store}: {why_not}"
    raise NothingToRehearseError(reason)


def _shelf(store: Store, upc: str) -> Iterator[tuple[_Goods, str]]:
    """What stands there, each with why it may not be sold; empty: it may."""
    stocked = ShelfLine.objects.filter(store=store, on_hand__gt=0, **({"upc": upc} if upc else {})).order_by("upc")
    upcs = list(stocked.values_list("upc", flat=True)[:_MOST_PRODUCTS])
    left, labels = available(store.pk, upcs), labels_of(store, upcs, test=True)
    for product in Product.objects.filter(upc__in=upcs).select_related("brand").order_by("upc"):
        label = labels[product.upc]["bopis"]
        yield _Goods(store, product, left[product.upc].price or 0), label.reason


def _order(goods: _Goods) -> Cart:
    site = goods.product.brand.sites.order_by("pk").first()
    placed = place(
        Order(
            brand_id=goods.product.brand_id,
            test=True,
            origin=site.domain if site else "",
            path="bopis",
            items=(Item(goods.product.upc, goods.store.pk, 1, major(goods.price, goods.store.company.currency)),),
            card_token=_CARD,
            # Another one each time: the same shopper's same order would be the first one's repetition.
            shopper=Shopper("Ada", "Byron", f"rehearsal-{ids.short_hash().lower()}@shopper.example", "+15125550123"),
            muted=True,
        )
    )
    if not placed.ordered:
        refusal = placed.lines[0].refusal
        raise RehearsalRefusedError(refusal.message if refusal else "It was not ordered.")
    return placed.carts[0]


def _say(cart: Cart, word: str) -> None:
    if word in _BY_OTHERS:
        with changing(cart.pk) as change:
            for line in change.lines:
                _BY_OTHERS[word](change, line)
        settle(cart.pk)
        return
    update(cart.pk, _updates(cart.lines.all(), word))


def _updates(lines: Iterable[Line], word: str) -> list[LineUpdate]:
    reason = "A rehearsal: nothing is wrong." if word == "rejected" else ""
    return [
        LineUpdate(line.upc, word, reason=reason, refund_amount=line.total if word == "refund" else None)
        for line in lines
    ]


def _run_out(change: Change, line: Line) -> None:
    expire(change, line)
    if line.status != "auto_rejected":
        raise IllegalTransitionError(line.status, allowed(line), upc=line.upc)


# What the shopper does, and the time.
_BY_OTHERS: dict[str, Callable[[Change, Line], None]] = {"auto_rejected": _run_out, "cancelled": cancel}
