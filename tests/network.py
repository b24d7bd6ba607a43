"""A small network for tests: every function writes valid rows, with values that a test may override.

    store = network.whole_store()
    cart = network.cart(store, lines=[("601842495575", 1), ("036000291452", 2)], status="confirmed")

Products and stock that an order needs are made where they are missing. A cart walks to its status through the graph's
own moves, with its documents and events, and its money stands where it stands once settled (`settled=False`: where
the decision left it).
"""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pushcart.carts.change import changing
from pushcart.carts.models import Cart, Line
from pushcart.catalog.models import BlockedPath, Product
from pushcart.companies.models import ApiKey, Company, Dealer, Endpoint, Person, Site, StripeAccount
from pushcart.companies.states import ENDPOINT
from pushcart.eligibility.actions.renew import renew
from pushcart.inventory.actions.take import take
from pushcart.inventory.models import Freshness, Import, Stock
from pushcart.kit import clock, crypto, money
from pushcart.kit.states import transition
from pushcart.payments.ledger.book import book
from pushcart.payments.models import Hold, Refund
from pushcart.payments.states import HOLD, REFUND
from pushcart.stores.models import Store, TaxRate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushcart.carts.change import Change

GRILL = "601842495575"
TOWEL = "036000291452"
PRICE = 39_900  # of a grill, in cents
TAX_RATE = Decimal("0.08250")

_count = itertools.count(1)


def brand(**values: Any) -> Company:
    """A brand with one site, `www.<slug>.example`."""
    n = next(_count)
    values = {"kind": "brand", "name": f"Brand {n}", "slug": f"brand-{n}", **values}
    company = Company.objects.create(**values)
    Site.objects.create(company=company, domain=f"www.{company.slug}.example")
    return company


def retailer(**values: Any) -> Company:
    """A retailer on whose account nothing is set up yet."""
    n = next(_count)
    values = {
        "kind": "retailer",
        "name": f"Retailer {n}",
        "slug": f"retailer-{n}",
        "email": f"owner-{n}@retailer.example",
        **values,
    }
    return Company.objects.create(**values)


def whole_retailer(**values: Any) -> Company:
    """A retailer with Buy it Locally whole and a working endpoint for live and for test orders."""
    company = retailer(billing_payment_method="pm_card_visa", **values)
    stripe_account(company)
    endpoint(company)
    endpoint(company, test=True)
    return company


def stripe_account(company: Company, **values: Any) -> StripeAccount:
    values = {"account_id": f"acct_{company.pk:016d}", "charges_enabled": True, **values}
    return StripeAccount.objects.create(company=company, **values)


def endpoint(company: Company, **values: Any) -> Endpoint:
    """A working endpoint; its secret is `whsec_` and 32 zero bytes in base64."""
    secret = "whsec_" + "A" * 43 + "="
    state = values.pop("state", "working")
    values = {
        "url": f"https://orders.{company.slug}.example/webhooks/pushcart",
        "sealed_secrets": [crypto.seal(secret, use="webhook-secret")],
        **values,
    }
    row = Endpoint.objects.create(company=company, **values)
    for step in {"unchecked": (), "failing": ("working", "failing")}.get(state, (state,)):
        transition(row, ENDPOINT, step, field="state", state_since=clock.now())
    return row


def dealer(of: Company, sells_at: Company, *, authorized: bool = True) -> Dealer:
    """The brand `of` shows the retailer's stores."""
    relation, _ = Dealer.objects.update_or_create(brand=of, retailer=sells_at, defaults={"authorized": authorized})
    return relation


def store(company: Company | None = None, **values: Any) -> Store:
    """An open store in Austin that offers every path, without tax rate, feed or stock."""
    company = company or retailer()
    n = next(_count)
    values = {
        "number": str(n),
        "name": f"{company.name} {n}",
        "address": f"{n} Congress Ave",
        "city": "Austin",
        "state": "TX",
        "zip": "78701",
        "phone": "+15125550100",
        "email": f"store-{n}@{company.slug}.example",
        "lat": 30.2672,
        "lng": -97.7431,
        "timezone": "America/Chicago",
        "hours": "Mo-Su 00:00-24:00",
        "pushcart": True,
        "curbside": True,
        "delivery": True,
        "delivery_radius_km": 25,
        "delivery_fee": 500,
        **values,
    }
    return Store.objects.create(company=company, **values)


def tax_rate(at: Store, rate: Decimal = TAX_RATE, **values: Any) -> TaxRate:
    """In force since long ago."""
    values = {"valid_from": clock.now() - timedelta(days=365), **values}
    return TaxRate.objects.create(store=at, rate=rate, **values)


def fed(at: Store, **values: Any) -> Freshness:
    """A full snapshot came in just now, by its Import row."""
    came = Import.objects.create(company=at.company, source="a test", state="done", finished_at=clock.now())
    values = {"fed_at": clock.now(), "snapshot": came.pk, **values}
    values.setdefault("counted_at", values["fed_at"])
    freshness, _ = Freshness.objects.update_or_create(store=at, defaults=values)
    return freshness


def whole_store(company: Company | None = None, **values: Any) -> Store:
    """A store that can sell by PushCart: nothing stands in the way."""
    there = store(company or whole_retailer(), **values)
    tax_rate(there)
    fed(there)
    renew(there.pk)
    return there


def product(of: Company | None = None, upc: str = GRILL, **values: Any) -> Product:
    values = {"name": "Kettle 57 Charcoal Grill" if upc == GRILL else f"Product {upc}", "msrp": PRICE, **values}
    return Product.objects.create(upc=upc, brand=of or brand(), **values)


def block(what: Product, *paths: str, retailer: Company | None = None) -> None:
    """It may not be bought in these ways: at this retailer, or anywhere."""
    for path in paths:
        BlockedPath.objects.create(product=what, path=path, retailer=retailer)


def stock(at: Store, upc: str = GRILL, on_hand: int = 10, price: int | None = PRICE, **values: Any) -> Stock:
    """One product on one shelf, by the store's last snapshot."""
    freshness = Freshness.objects.filter(store=at).first() or fed(at)
    values = {"on_hand": on_hand, "price": price, "snapshot": freshness.snapshot, **values}
    row, _ = Stock.objects.update_or_create(store=at, upc=upc, defaults=values)
    return row


def key(company: Company, *, test: bool = False, name: str = "tests") -> tuple[ApiKey, str]:
    """An API key and the secret that its owner sends."""
    secret = f"{'test_' if test else ''}{next(_count):040x}"
    row = ApiKey.objects.create(
        company=company,
        name=name,
        test=test,
        sealed=crypto.seal(secret, use="api-key"),
        digest=crypto.keyed_hash(secret, use="api-key"),
    )
    return row, secret


def person(**values: Any) -> Person:
    n = next(_count)
    return Person.objects.create_user(**{"username": f"person-{n}", "email": f"person-{n}@example.com", **values})


def cart(
    at: Store | None = None,
    *,
    lines: Sequence[tuple[str, int]] = ((GRILL, 1),),
    status: str = "ordered",
    site_of: Company | None = None,
    settled: bool = True,
    price: int = PRICE,
    **values: Any,
) -> Cart:
    """An order, walked to `status` by all its lines.

    Args:
        at: The store; a whole one by default.
        lines: (UPC, quantity) of each line.
        status: Any status of a line. `placing`: no hold was answered yet; `refused`: each was refused.
        site_of: The brand on whose site it was placed; the first product's by default.
        settled: Whether the money that the status owes has moved; else the holds stand as `held`.
        price: Of one piece, in minor units; the store's stock takes it too.
        values: Columns of the cart: `test`, `path`, `workflow`, `respond_by`, …
    """
    at = at or whole_store()
    sold = [_for_sale(at, upc, qty, price, site_of) for upc, qty in lines]
    order = _placing(at, site_of or sold[0].brand, values)
    for position, (item, (_, qty)) in enumerate(zip(sold, lines, strict=True)):
        _hold(order, _line(order, position, item, qty, price))
    for step in _WAYS[status]:
        with changing(order.pk) as change:
            if step == "ordered":
                _place(change, values)
            for line in change.lines:
                _STEPS.get(step, _decide)(change, line, step)
        if step in _OWED and (settled or step != status):
            with changing(order.pk) as change:
                for line in change.lines:
                    _OWED[step](change, line)
    return Cart.objects.select_related("store", "retailer", "brand").get(pk=order.pk)


def _for_sale(at: Store, upc: str, qty: int, price: int, site_of: Company | None) -> Product:
    item = Product.objects.filter(upc=upc).first() or product(site_of, upc)
    dealer(site_of or item.brand, at.company)
    shelf = Stock.objects.filter(store=at, upc=upc).first()
    if shelf is None:
        stock(at, upc, on_hand=qty + 10, price=price)
    elif shelf.on_hand - shelf.taken < qty:
        stock(at, upc, on_hand=shelf.taken + qty, price=price)
    return item


def _placing(at: Store, site_of: Company, values: dict[str, Any]) -> Cart:
    site = site_of.sites.first()
    columns = {
        "path": "bopis",
        "workflow": "pushcart",
        "currency": at.company.currency,
        "origin": site.domain if site else "",
        "locale": "en-us",
        "first_name": "Ada",
        "last_name": "Byron",
        "email": "ada@shopper.example",
        "phone": "+15125550123",
        **values,
    }
    for placed_later in ("ordered_at", "respond_by", "remind_at"):
        columns.pop(placed_later, None)
    return Cart.objects.create(store=at, retailer=at.company, brand=site_of, **columns)


def _line(order: Cart, position: int, item: Product, qty: int, price: int) -> Line:
    tax = 0 if order.path == "ropis" else money.half_up(price * TAX_RATE)
    snapshot = None if order.test else take(order.store_id, item.upc, qty)
    return Line.objects.create(
        cart=order,
        position=position,
        upc=item.upc,
        name=item.name,
        brand=item.brand.name,
        vendor_sku=item.vendor_sku,
        qty=qty,
        price_per_unit=price,
        tax_per_unit=tax,
        subtotal=price * qty,
        tax=tax * qty,
        total=(price + tax) * qty,
        stock_snapshot=snapshot,
    )


def _hold(order: Cart, line: Line) -> None:
    if order.path == "ropis":
        return
    account = StripeAccount.objects.filter(company=order.retailer).first() or stripe_account(order.retailer)
    Hold.objects.create(
        company=order.retailer,
        line_id=line.pk,
        test=order.test,
        account_id=account.account_id,
        amount=line.total,
        currency=order.currency,
        qty=line.qty,
        sealed_token=crypto.seal("pm_card_visa", use="card"),
    )


def _held_for(line: Line) -> Hold | None:
    return Hold.objects.filter(line_id=line.pk).first()


def _place(change: Change, values: dict[str, Any]) -> None:
    order = change.cart
    order.ordered_at = values.get("ordered_at", change.at)
    order.respond_by = values.get("respond_by", order.ordered_at + timedelta(hours=2))
    order.remind_at = values.get("remind_at", order.ordered_at + timedelta(minutes=30))
    if order.path != "ropis":
        order.card_brand, order.card_last4 = "visa", "4242"


def _order(change: Change, line: Line, _status: str) -> None:
    hold = _held_for(line)
    if hold is not None:
        card = {"card_brand": "visa", "card_last4": "4242", "payment_method": f"pm_{line.pk:024d}", "sealed_token": ""}
        lasting = {"intent_id": f"pi_{line.pk:024d}", "capture_before": change.at + timedelta(days=7)}
        transition(hold, HOLD, "held", field="state", **card, **lasting)
        book(hold)
        change.write(line, authorised=line.total, held=line.total)
    change.move(line, "ordered")


def _refuse(change: Change, line: Line, _status: str) -> None:
    hold = _held_for(line)
    if hold is not None:
        transition(hold, HOLD, "failed", field="state", failure_code="card_declined", failure_message="Declined.")
    change.move(line, "refused")


def _decide(change: Change, line: Line, status: str) -> None:
    change.move(line, status, **({"reason": "Sold at the counter."} if status == "rejected" else {}))


def _confirm_uncharged(change: Change, line: Line, _status: str) -> None:
    change.move(line, "confirmed")


def _refund(change: Change, line: Line, status: str) -> None:
    amount = line.kept if status == "refunded" else line.kept // 2
    hold = _held_for(line)
    if hold is not None:
        refund = Refund.objects.create(hold=hold, amount=amount, key=f"refund-{next(_count)}")
        transition(refund, REFUND, "succeeded", field="state", stripe_id=f"re_{refund.pk:024d}", told="succeeded")
        hold.refunded += amount
        hold.save(update_fields=["refunded"])
        book(hold, source=refund.stripe_id)
        change.write(line, kept=line.kept - amount, refunded=line.refunded + amount)
    change.move(line, status)


def _capture(change: Change, line: Line) -> None:
    hold = _held_for(line)
    if hold is not None:
        transition(hold, HOLD, "capturing", field="state", called_at=change.at)
        transition(hold, HOLD, "captured", field="state", captured=hold.amount)
        book(hold)
        change.write(line, held=0, captured=line.held, kept=line.held)
        change.tell("charged", line)


def _release(change: Change, line: Line) -> None:
    hold = _held_for(line)
    if hold is not None:
        transition(hold, HOLD, "releasing", field="state", called_at=change.at)
        transition(hold, HOLD, "released", field="state")
        book(hold)
        change.write(line, held=0, released=line.held)
        change.tell("released", line)


def _fail_capture(change: Change, line: Line, status: str) -> None:
    hold = _held_for(line)
    if hold is not None:
        transition(hold, HOLD, "capturing", field="state", called_at=change.at)
        transition(hold, HOLD, "capture_failed", field="state", failure_code="expired_card")
    change.move(line, status)


_STEPS = {
    "ordered": _order,
    "refused": _refuse,
    "confirmed, not charged": _confirm_uncharged,
    "charge_failed": _fail_capture,
    "partially_refunded": _refund,
    "refunded": _refund,
}
# The money that a step owes, moved right after it.
_OWED = {
    "confirmed": _capture,
    "rejected": _release,
    "auto_rejected": _release,
    "cancelled": _release,
    "charge_failed": _release,
}
_WAYS: dict[str, tuple[str, ...]] = {
    "placing": (),
    "refused": ("refused",),
    "ordered": ("ordered",),
    "received": ("ordered", "received"),
    "confirmed": ("ordered", "confirmed"),
    "charge_failed": ("ordered", "confirmed, not charged", "charge_failed"),
    "rejected": ("ordered", "rejected"),
    "auto_rejected": ("ordered", "auto_rejected"),
    "cancelled": ("ordered", "cancelled"),
    "fulfilled": ("ordered", "confirmed", "fulfilled"),
    "partially_refunded": ("ordered", "confirmed", "partially_refunded"),
    "refunded": ("ordered", "confirmed", "refunded"),
}
