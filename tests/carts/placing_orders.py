"""What tests of placing start from, and how they see that nothing was left of an order that could not be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pushcart.carts.models import Cart, Document, Line
from pushcart.carts.order import Delivery, Item, Order, Shopper
from pushcart.catalog.models import Product
from pushcart.companies.models import Company
from pushcart.events.models import Event
from pushcart.inventory.models import Stock
from pushcart.payments.models import Hold
from tests import network

if TYPE_CHECKING:
    from pushcart.carts.order import Placement
    from pushcart.stores.models import Store
    from tests.doubles import StripeDouble

NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)  # a Tuesday; 12:00 in Austin
OPEN = "Mo-Sa 09:00-21:00"
GRILL, TOWEL = network.GRILL, network.TOWEL
ADA = Shopper(first_name="Ada", last_name="Byron", email="ada@shopper.example", phone="+15125550123")
# 4.3 km from the store of `network.store`.
HOME = Delivery(
    address="1 Airport Blvd", city="Austin", state="TX", zip="78702", phone="+15125550123", lat=30.3000, lng=-97.7200
)


def brand() -> Company:
    """The brand on whose site these tests order."""
    return Company.objects.filter(slug="ember-oak").first() or network.brand(name="Ember & Oak", slug="ember-oak")


def store(cards: StripeDouble | None = None, **values: Any) -> Store:
    """A whole store of a retailer of its own, shown by the brand; its retailer takes cards where `cards` is given."""
    company = network.whole_retailer()
    network.dealer(brand(), company)
    if cards:
        cards.connect(company)
    return network.whole_store(company, **{"hours": OPEN, **values})


def sell(at: Store, upc: str = GRILL, *, on_hand: int = 10, price: int | None = network.PRICE, **product: Any) -> None:
    """Puts a product of the brand on the store's shelf."""
    if not Product.objects.filter(upc=upc).exists():
        network.product(brand(), upc, **product)
    network.stock(at, upc, on_hand=on_hand, price=price)


def item(at: Store, upc: str = GRILL, qty: int = 1, price: str = "399.00", **values: Any) -> Item:
    return Item(upc, at.pk, qty, Decimal(price), **values)


def order(*items: Item, card_token: str = "pm_card_visa", **values: Any) -> Order:
    """An order for pickup, paid by a good card, unless told otherwise."""
    columns = {"test": False, "origin": "www.ember-oak.example", "path": "bopis", "shopper": ADA, **values}
    placed = Order(brand_id=brand().pk, items=items, card_token=card_token, **columns)
    return replace(placed, card_token="") if placed.path == "ropis" else placed


def said(placement: Placement) -> list[str]:
    """The cause of each line, empty for one that nothing was wrong with."""
    return [str(line.refusal.cause) if line.refusal else "" for line in placement.lines]


def holds(placement: Placement) -> list[str]:
    return [str(line.hold) for line in placement.lines]


def taken() -> dict[tuple[int, str], int]:
    """How many pieces orders have taken, by store and UPC; shelves that gave none are left out."""
    return {(row.store_id, row.upc): row.taken for row in Stock.objects.exclude(taken=0)}


def moved(cards: StripeDouble) -> list[tuple[str, int]]:
    """What happened to cards of all retailers, in order: kind and minor units."""
    return [(each["kind"], each["amount"]) for each in cards.control("GET", "books")["movements"]]


def holding(cards: StripeDouble) -> int:
    """Minor units that are on hold now, with all retailers."""
    totals = cards.control("GET", "books")["totals"].values()
    return sum(sums["holding"] for currencies in totals for sums in currencies.values())


def assert_nothing_stands(cards: StripeDouble | None = None) -> None:
    """Nobody sees an order, the shelves are full, and nothing is held."""
    assert Cart.objects.exclude(ordered_at=None).count() == 0
    assert set(Line.objects.values_list("status", flat=True)) <= {"refused"}
    assert Document.objects.count() == 0
    assert Event.objects.filter(type__startswith="carts.").count() == 0
    assert taken() == {}
    assert Line.objects.exclude(stock_snapshot=None).count() == 0
    assert set(Hold.objects.values_list("state", flat=True)) <= {"failed", "released"}
    if cards:
        assert holding(cards) == 0
        cards.assert_sound()
