"""A product of a store into the basket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.inventory.queries import available
from pushcart.locator.labels import labels
from pushcart.stores.models import Store
from pushcart.visits.errors import BasketError
from pushcart.visits.models import Item

if TYPE_CHECKING:
    from pushcart.visits.models import Visit

MOST_ITEMS = 50
MOST_PIECES = 99


def add(visit: Visit, store_id: int, upc: str, *, path: str, qty: int = 1, message: str = "") -> Item:
    """Adds pieces to those that lie there already, at the store's present price. The visit is locked by `changing`.

    Args:
        visit: Being changed; an empty basket takes the path of its first item.
        store_id: Any store that offers the path for the product.
        upc: Canonical.
        path: `bopis`, `ropis` or `delivery`.
        qty: 1 to 99.
        message: For the store; an empty one leaves what was said before.

    Raises:
        BasketError: no such store, not offered there, not so many left, or the basket is for another path.
    """
    store = Store.objects.select_related("company").filter(pk=store_id).first()
    if store is None:
        raise BasketError("store_unknown", f"There is no store {store_id}.")
    _check_fits(visit, store, path)
    item = visit.items.filter(store=store, upc=upc).first() or Item(visit=visit, store=store, upc=upc, qty=0)
    item.price = _price(visit, store, upc, path, item.qty + qty)
    item.qty += qty
    item.message = message or item.message
    item.save()
    return item


def _check_fits(visit: Visit, store: Store, path: str) -> None:
    lying = list(visit.items.select_related("store__company"))
    if len(lying) >= MOST_ITEMS:
        raise BasketError("not_offered", f"The basket is full: {MOST_ITEMS} products are the most.")
    if lying and visit.path != path:
        raise BasketError(
            "other_path", f"The basket is for {visit.path}: order it or empty it before something is added for {path}."
        )
    wanted, has = store.company.currency, lying[0].store.company.currency if lying else store.company.currency
    if wanted != has:
        raise BasketError(
            "other_currency", f"The basket is in {has.upper()}, and this store sells in {wanted.upper()}."
        )
    visit.path = path


def _price(visit: Visit, store: Store, upc: str, path: str, qty: int) -> int:
    label = labels(store, upc, brand=visit.brand, test=visit.test)[path]
    if not label.allowed:
        raise BasketError("out_of_stock" if label.code == "out_of_stock" else "not_offered", label.reason)
    stock = available(store.pk, [upc])[upc]
    if qty > min(stock.qty, MOST_PIECES):
        left = "none" if stock.qty < 1 else min(stock.qty, MOST_PIECES)
        raise BasketError("out_of_stock", f"The store has {left} left, and {qty} would lie in the basket.")
    if stock.price is None:
        raise BasketError("not_offered", "Neither the store nor the brand has told a price.")
    return stock.price
