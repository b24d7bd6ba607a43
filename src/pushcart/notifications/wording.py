"""How an order is written to people in a letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.carts.wording import amount

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushcart.carts.models import Cart, Line


def listed(cart: Cart, lines: Iterable[Line]) -> str:
    """One line of text for each line of the order."""
    return "\n".join(f"  {line.qty} x {line.name or line.upc}, {amount(cart, line.total)}" for line in lines)


def reasons(lines: Iterable[Line]) -> str:
    """One line of text for each line that was rejected, with the store's own words."""
    return "\n".join(f"  {line.name or line.upc}: {line.reason}" for line in lines)


def place(cart: Cart) -> str:
    """Name, address and telephone of the store, one below the other."""
    store = cart.store
    lines = (store.name, store.address, f"{store.city}, {store.state} {store.zip}".strip(), store.phone)
    return "\n".join(f"  {line}" for line in lines if line)


def short_listed(lines: list[Line]) -> str:
    """As in `Kettle 57 Charcoal Grill and 2 more`."""
    first = lines[0].name or lines[0].upc
    return first if len(lines) == 1 else f"{first} and {len(lines) - 1} more"
