"""Every line of an order held against its store, and every amount worked out. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings

from pushcart.carts.models import Cart
from pushcart.carts.order import Cause, Item, Order, Refusal
from pushcart.carts.placing.delivery import out_of_reach, promise
from pushcart.carts.placing.parts import Part, PricedLine, Window
from pushcart.carts.placing.price import price_differs, tax_of, with_delivery_fee
from pushcart.catalog.models import Product
from pushcart.companies.models import Company
from pushcart.eligibility.check import check as eligibility
from pushcart.inventory.queries import available
from pushcart.locator.labels import labels_of
from pushcart.stores.hours import deadline
from pushcart.stores.models import Store
from pushcart.stores.queries import tax_rate

if TYPE_CHECKING:
    from datetime import datetime

    from pushcart.inventory.queries import Available
    from pushcart.locator.labels import Label

Refusals = dict[int, Refusal]  # by a line's position in the order
_Placed = list[tuple[int, Item]]  # lines with their positions


def check(order: Order, at: datetime) -> tuple[list[Part], Refusals]:
    """What each store is asked for, in the order of their ids; and why lines can't be ordered, by their position.

    Where there is one refusal, nothing of the order is to be placed.
    """
    parts: list[Part] = []
    refusals: Refusals = {}
    stores = Store.objects.select_related("company").in_bulk({item.store_id for item in order.items})
    brand = Company.objects.get(pk=order.brand_id)
    for store_id, lines in _by_store(order):
        if store_id in stores:
            part = _part(_Counter(order, stores[store_id], brand, at), lines, refusals)
            parts += [part] if part else []
        else:
            unknown = Refusal(Cause.STORE_UNKNOWN, f"There is no store {store_id}.", field="store_id")
            refusals |= {position: unknown for position, _ in lines}
    return parts, refusals


def window_of(workflow: str) -> timedelta:
    """How much store-open time a store has to decide (the announcement, 4; contract, section 5)."""
    pushed = workflow == Cart.Workflow.PUSHCART
    return timedelta(minutes=settings.PUSHCART_WINDOW_MINUTES if pushed else settings.STANDARD_WINDOW_MINUTES)


@dataclass(frozen=True)
class _Counter:
    """Where a part of the order is asked for: one store, at one moment."""

    order: Order
    store: Store
    brand: Company
    at: datetime

    @property
    def currency(self) -> str:
        return self.store.company.currency

    @property
    def tax_included(self) -> bool:
        return self.store.prices_include_tax and self.order.path != Cart.Path.ROPIS


@dataclass(frozen=True)
class _Shelf:
    """What the store says of one product."""

    label: Label
    stock: Available | None
    product: Product | None
    rate: Decimal


def _by_store(order: Order) -> list[tuple[int, _Placed]]:
    lines: dict[int, _Placed] = {}
    for position, item in enumerate(order.items):
        lines.setdefault(item.store_id, []).append((position, item))
    return sorted(lines.items())


def _part(counter: _Counter, lines: _Placed, refusals: Refusals) -> Part | None:
    """The store's part, or None with a refusal for each of its lines that is to blame."""
    workflow = _workflow(counter)
    of_all, window = _whole_part(counter, workflow)
    shelves = _shelves(counter, [item.upc for _, item in lines])
    priced = []
    for position, item in lines:
        line = _line(counter, position, item, shelves[item.upc])
        if isinstance(line, Refusal):
            refusals[position] = line
        elif of_all:
            refusals[position] = of_all
        else:
            priced.append(line)
    if len(priced) < len(lines):
        return None
    fee = counter.store.delivery_fee if window else 0
    return Part(counter.store, workflow, tuple(with_delivery_fee(priced, fee, counter.currency)), window)


def _workflow(counter: _Counter) -> str:
    answer = eligibility(counter.store, counter.at, test=counter.order.test)
    return Cart.Workflow.PUSHCART if answer.pushcart else Cart.Workflow.STANDARD


def _whole_part(counter: _Counter, workflow: str) -> tuple[Refusal | None, Window | None]:
    """What stands against all lines of this store at once; and the window promised, where it is to deliver."""
    order, store = counter.order, counter.store
    if order.currency and order.currency != counter.currency:
        wanted, right = order.currency.upper(), counter.currency.upper()
        return Refusal(Cause.CURRENCY_DIFFERS, f"The store sells in {right}, not in {wanted}.", field="currency"), None
    if deadline(store.opening_times, counter.at, window_of(workflow)) is None:
        return Refusal(Cause.NEVER_OPENS, "The store does not open long enough to answer an order."), None
    if order.delivery is None:
        return None, None
    if too_far := out_of_reach(store, order.delivery):
        return too_far, None
    window = promise(store, order.delivery, counter.at)
    return (window, None) if isinstance(window, Refusal) else (None, window)


def _shelves(counter: _Counter, upcs: list[str]) -> dict[str, _Shelf]:
    store, order = counter.store, counter.order
    products = {product.upc: product for product in Product.objects.filter(upc__in=upcs).select_related("brand")}
    stock = available(store.pk, upcs)
    labels = labels_of(store, upcs, brand=counter.brand, at=counter.at, test=order.test)
    path = "curbside" if order.curbside else order.path
    # A reservation is taxed at the till; no path is open without a rate.
    rate = (tax_rate(store, counter.at) if order.path != Cart.Path.ROPIS else None) or Decimal(0)
    return {upc: _Shelf(labels[upc][path], stock.get(upc), products.get(upc), rate) for upc in upcs}


def _line(counter: _Counter, position: int, item: Item, shelf: _Shelf) -> PricedLine | Refusal:
    label, stock, product = shelf.label, shelf.stock, shelf.product
    if not label.allowed and label.code != "out_of_stock":
        return Refusal(Cause.NOT_OFFERED, label.reason, field="upc", details={"gate": label.code})
    left = stock.qty if stock else 0
    if item.qty > left:
        return _out_of_stock(item, left)
    if product is None or stock is None or stock.price is None:
        return Refusal(Cause.NOT_OFFERED, label.reason, field="upc", details={"gate": label.code})
    if differs := price_differs(item, stock.price, counter.currency):
        return differs
    tax = tax_of(item, stock.price, shelf.rate, counter.currency, included=counter.tax_included)
    if isinstance(tax, Refusal):
        return tax
    return PricedLine(position, item, product, stock.price, *tax, shipping=0, tax_included=counter.tax_included)


def _out_of_stock(item: Item, left: int) -> Refusal:
    said = f"The store has {left} left, and {item.qty} were ordered." if left else "The store has none left."
    return Refusal(Cause.OUT_OF_STOCK, said, field="qty", details={"available": left})
