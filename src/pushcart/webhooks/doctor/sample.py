"""A test order that stands nowhere, in the very shape in which orders are pushed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pushcart.carts.document import render
from pushcart.carts.models import Cart, Line
from pushcart.companies.endpoint_secrets import new_secret
from pushcart.kit import clock, ids
from pushcart.stores.models import Store
from pushcart.webhooks import bodies
from pushcart.webhooks.by_hand import Letter

if TYPE_CHECKING:
    from datetime import datetime

_PRICE, _TAX = 39_900, 3_292
_UNDECIDED = ("ordered", "received")


@dataclass(frozen=True)
class Sample:
    """One order of the doctor's; `hash` begins with DR, and `test` is 1 in its document."""

    hash: str
    ordered_at: datetime

    @classmethod
    def new(cls) -> Sample:
        return cls(f"DR{ids.short_hash()}", clock.now())

    def letter(self, status: str, sequence: int) -> Letter:
        """The event `carts.<status>` about this order."""
        uid, at = ids.tagged("evt"), self.ordered_at + timedelta(seconds=sequence)
        cart = self._cart(status, sequence, at)
        document = render(cart, [self._line(cart, status, at)])
        return Letter(
            uid,
            f"carts.{status}",
            bodies.fat(document, uid=uid, event_type=f"carts.{status}", created_at=at, sequence=sequence, data={}),
            cart_hash=self.hash,
            sequence=sequence,
            respond_by=cart.respond_by,
        )

    def _cart(self, status: str, sequence: int, at: datetime) -> Cart:
        return Cart(
            hash=self.hash,
            store=_store(),
            test=True,
            workflow=Cart.Workflow.PUSHCART,
            path=Cart.Path.ROPIS,
            origin="doctor.pushcart.example",
            currency="usd",
            status=status,
            sequence=sequence,
            ordered_at=self.ordered_at,
            respond_by=self.ordered_at + timedelta(hours=2) if status in _UNDECIDED else None,
            updated_at=at,
            first_name="Ada",
            last_name="Byron",
            email="ada@shopper.example",
            phone="+15125550123",
        )

    def _line(self, cart: Cart, status: str, at: datetime) -> Line:
        return Line(
            cart=cart,
            position=0,
            upc="601842495575",
            name="A grill that the doctor orders",
            brand="PushCart",
            vendor_sku="DOCTOR-1",
            qty=1,
            price_per_unit=_PRICE,
            tax_per_unit=_TAX,
            subtotal=_PRICE,
            tax=_TAX,
            total=_PRICE + _TAX,
            status=status,
            updated_at=at,
        )


def check_letter() -> Letter:
    """A signed `endpoint.check`, as a new endpoint gets it."""
    uid = ids.tagged("evt")
    body = bodies.plain(uid=uid, event_type="endpoint.check", created_at=clock.now(), data={"test": 1})
    return Letter(uid, "endpoint.check", body)


def another_secret() -> str:
    """Of nobody: what it signs must be refused."""
    return new_secret()


def _store() -> Store:
    return Store(
        id=0,
        number="101",
        name="The doctor's store",
        address="1 Congress Ave",
        city="Austin",
        state="TX",
        zip="78701",
        phone="+15125550100",
        timezone="America/Chicago",
    )
