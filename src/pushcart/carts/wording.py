"""How an order's times and amounts are written to people: in the store's time, in the cart's currency."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from pushcart.kit.money import shown

if TYPE_CHECKING:
    from datetime import datetime

    from pushcart.carts.models import Cart

_LOCALE = "en_US"


def amount(cart: Cart, minor_units: int) -> str:
    """As in `$399.00`."""
    return shown(minor_units, cart.currency, locale=_LOCALE)


def moment(cart: Cart, at: datetime) -> str:
    """As in `Tue, Nov 3, 2:30 PM CST`."""
    local = ZoneInfo(cart.store.timezone)
    return format_datetime(at, "EEE, MMM d, h:mm a z", tzinfo=local, locale=_LOCALE).replace("\u202f", " ")


def card(cart: Cart) -> str:
    """As in `Visa ending in 4242`; empty where no card was held."""
    return f"{cart.card_brand.capitalize()} ending in {cart.card_last4}" if cart.card_last4 else ""
