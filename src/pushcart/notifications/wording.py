"""How times and amounts are written to people: in the store's time, in the cart's currency."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_currency

from pushcart.kit.money import major

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pushcart.carts.models import Cart, Line

_LOCALE = "en_US"


def amount(cart: Cart, minor_units: int) -> str:
    """As in `$399.00`."""
    return format_currency(major(minor_units, cart.currency), cart.currency.upper(), locale=_LOCALE)


def moment(cart: Cart, at: datetime) -> str:
    """As in `Tue, Nov 3, 2:30 PM CST`."""
    local = ZoneInfo(cart.store.timezone)
    return format_datetime(at, "EEE, MMM d, h:mm a z", tzinfo=local, locale=_LOCALE).replace("\u202f", " ")


def listed(cart: Cart, lines: Iterable[Line]) -> str:
    """One line of text for each line of the order."""
    return "\n".join(f"  {line.qty} x {line.name or line.upc}, {amount(cart, line.total)}" for line in lines)


def place(cart: Cart) -> str:
    """Name, address and telephone of the store, one below the other."""
    store = cart.store
    lines = (store.name, store.address, f"{store.city}, {store.state} {store.zip}".strip(), store.phone)
    return "\n".join(f"  {line}" for line in lines if line)


def short_listed(lines: list[Line]) -> str:
    """As in `Kettle 57 Charcoal Grill and 2 more`."""
    first = lines[0].name or lines[0].upc
    return first if len(lines) == 1 else f"{first} and {len(lines) - 1} more"
