from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushcart.carts.actions.rehearse import EVENTS, rehearse
from pushcart.carts.change import changing
from pushcart.carts.errors import (
    IllegalTransitionError,
    NothingToRehearseError,
    RehearsalRefusedError,
    UnknownRehearsalError,
)
from pushcart.carts.models import Cart
from pushcart.events.models import Event
from pushcart.inventory.models import Stock
from tests import network
from tests.carts import placing_orders as placing

if TYPE_CHECKING:
    from pushcart.stores.models import Store
    from tests.doubles import StripeDouble

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(stripe_double: StripeDouble) -> Store:
    store = placing.store(stripe_double, hours="Mo-Su 00:00-24:00")
    placing.sell(store)
    return store


def told(cart: Cart) -> list[str]:
    events = Event.objects.filter(cart_id=cart.pk, company_id=cart.retailer_id).order_by("number")
    return [event.type.removeprefix("carts.") for event in events]


@pytest.mark.parametrize(
    ("event", "way"),
    [
        ("carts.ordered", ["ordered"]),
        ("carts.received", ["ordered", "received"]),
        ("carts.confirmed", ["ordered", "confirmed", "charged"]),
        ("carts.charged", ["ordered", "confirmed", "charged"]),
        ("carts.rejected", ["ordered", "rejected", "released"]),
        ("carts.released", ["ordered", "rejected", "released"]),
        ("carts.auto_rejected", ["ordered", "auto_rejected", "released"]),
        ("carts.cancelled", ["ordered", "cancelled", "released"]),
        ("carts.fulfilled", ["ordered", "confirmed", "charged", "fulfilled"]),
        ("carts.refunded", ["ordered", "confirmed", "charged", "refunded"]),
    ],
)
def test_it_brings_a_test_order_to_the_event(store: Store, event: str, way: list[str]) -> None:
    cart = rehearse(store.company, event)
    assert told(cart) == way
    assert event in EVENTS
    assert (cart.test, cart.muted, cart.workflow, cart.store) == (True, True, "pushcart", store)
    assert Stock.objects.get(store=store).taken == 0


def test_it_is_another_order_each_time(store: Store) -> None:
    first, second = rehearse(store.company, "carts.ordered"), rehearse(store.company, "carts.ordered")
    assert first.pk != second.pk


def test_it_sells_the_product_and_at_the_store_that_are_asked_for(store: Store) -> None:
    placing.sell(store, network.TOWEL, price=1_000)
    other = network.whole_store(store.company, number="7", hours="Mo-Su 00:00-24:00")
    placing.sell(other, network.TOWEL, price=1_000)
    cart = rehearse(store.company, "carts.ordered", store="7", upc=network.TOWEL)
    assert (cart.store, [line.upc for line in cart.lines.all()]) == (other, [network.TOWEL])


def test_it_says_why_there_is_nothing_to_order(store: Store) -> None:
    with pytest.raises(NothingToRehearseError, match="none of its stores has anything in stock"):
        rehearse(store.company, "carts.ordered", store="no such store")
    Stock.objects.update(price=None)
    network.product(placing.brand(), network.TOWEL, msrp=None)
    Stock.objects.update(upc=network.TOWEL)
    with pytest.raises(NothingToRehearseError, match="Neither the store nor the brand has told a price"):
        rehearse(store.company, "carts.ordered")
    assert not Cart.objects.exists()


def test_it_knows_no_other_events(store: Store) -> None:
    with pytest.raises(UnknownRehearsalError, match=r"'carts.invented' can't be made; these can: carts.ordered, "):
        rehearse(store.company, "carts.invented")
    assert not Cart.objects.exists()


def test_it_tells_the_refusal_of_its_order(store: Store, stripe_double: StripeDouble) -> None:
    stripe_double.fault("error_500", "/v1/payment_intents", times=20)
    with pytest.raises(RehearsalRefusedError):
        rehearse(store.company, "carts.ordered")
    assert not Event.objects.filter(type="carts.ordered").exists()


def test_it_says_that_the_retailers_system_was_faster(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from pushcart.carts.actions import rehearse as module

    def decided_at_once(order: object) -> object:
        placed = place(order)
        with changing(placed.carts[0].pk) as change:
            change.move(change.lines[0], "confirmed")
        return placed

    place = module.place
    monkeypatch.setattr(module, "place", decided_at_once)
    for event in ("carts.auto_rejected", "carts.cancelled", "carts.rejected"):
        with pytest.raises(IllegalTransitionError):
            rehearse(store.company, event)
    assert set(Cart.objects.values_list("status", flat=True)) == {"confirmed"}
