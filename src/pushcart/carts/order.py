"""An order as it comes in from a brand's site, and what is answered to it: plain values that know no database."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from pushcart.carts.models import Cart

# The paths of an order. Curbside is a pickup, at the car (contract, section 2: The cart object).
PATHS = ("bopis", "ropis", "delivery")
FEWEST, MOST = 1, 99  # pieces of one line


@dataclass(frozen=True, slots=True)
class Item:
    """One line as it was sent: `upc` canonical, amounts in decimal major units of the store's currency."""

    upc: str
    store_id: int
    qty: int
    price_per_unit: Decimal
    tax_per_unit: Decimal | None = None  # an amount, instead of the store's own rate (decision 0046)
    message: str = ""


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who orders, and the billing address. A text that wasn't given is empty; `country` is ISO 3166-1, two letters."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    address_2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where the store drives to. `lat` and `lng` in degrees; without them the middle of the postcode is taken."""

    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    address: str = ""
    address_2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    instructions: str = ""
    lat: float | None = None
    lng: float | None = None
    wanted_from: datetime | None = None  # aware; none: as soon as the store can
    wanted_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A whole basket, well-formed but not yet checked against any store.

    Attributes:
        brand_id: The company on whose site the shopper is.
        test: Placed by a test key: no stock is taken, and no money moves.
        origin: The site's domain.
        path: One of `PATHS`.
        items: At least one; no UPC twice for one store.
        card_token: A SetupIntent (`seti_…`) or payment method (`pm_…`) of the platform; empty for a reservation.
        currency: ISO 4217 in lower case, where the site says in which one its prices are; else empty.
        muted: The site writes to its shopper itself.
    """

    brand_id: int
    test: bool
    origin: str
    path: str
    items: tuple[Item, ...]
    card_token: str = dataclasses.field(default="", repr=False)
    currency: str = ""
    locale: str = ""
    muted: bool = False
    curbside: bool = False
    car: str = ""
    shopper: Shopper = Shopper()
    delivery: Delivery | None = None


class Cause(StrEnum):
    """Why a line was not ordered."""

    STORE_UNKNOWN = "store_unknown"
    NOT_OFFERED = "not_offered"  # a gate of the locator is shut; `details` name it
    OUT_OF_STOCK = "out_of_stock"
    PRICE_CHANGED = "price_changed"
    CURRENCY_DIFFERS = "currency_differs"
    TAX_MISMATCH = "tax_mismatch"
    NEVER_OPENS = "never_opens"
    OUT_OF_REACH = "out_of_reach"
    NO_DELIVERY_WINDOW = "no_delivery_window"
    CARD_DECLINED = "card_declined"
    PAYMENT_TROUBLE = "payment_trouble"
    HOLD_TOO_SHORT = "hold_too_short"
    BEING_PLACED = "being_placed"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A cause, the sentence that tells it, and the field of the line that it is about, where there is one."""

    cause: Cause
    message: str
    field: str = ""
    details: dict[str, Any] = dataclasses.field(default_factory=dict)


class HoldStatus(StrEnum):
    """What became of a line's hold on the card."""

    NONE = "none"  # a reservation, or nothing to pay
    NOT_TRIED = "not_tried"
    HELD = "held"
    DECLINED = "declined"
    RELEASED = "released"
    RELEASING = "releasing"  # the release has no answer yet; the sweeper sees to it


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What became of one line. Neither ordered nor refused: nothing was wrong with it, but with another line."""

    position: int  # in the order, from 0
    upc: str
    store_id: int
    hold: HoldStatus
    ordered: bool = False
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """What became of an order: all of its lines were ordered, or none."""

    lines: tuple[LineAnswer, ...]
    carts: tuple[Cart, ...] = ()  # one for each store; none where nothing was ordered
    repeated: bool = False  # the same order was sent before, and these are its carts

    @property
    def ordered(self) -> bool:
        return bool(self.carts)
