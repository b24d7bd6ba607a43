from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction

from pushcart.carts.actions import place as placing_steps
from pushcart.carts.actions.place import place
from pushcart.carts.models import Cart, Line
from pushcart.carts.order import Order, Shopper
from pushcart.carts.placing import repeat
from pushcart.events.models import Event
from pushcart.events.record import record
from pushcart.inventory.models import Stock
from tests.at_once import at_once
from tests.carts import placing_orders as placing
from tests.carts.placing_orders import GRILL, TOWEL

if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from pushcart.carts.order import Placement
    from pushcart.stores.models import Store
    from tests.doubles import StripeDouble

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _noon(stripe_double: StripeDouble, clock: ModuleType) -> None:
    clock.freeze(placing.NOON)


def all_at_once(orders: list[Order]) -> list[Placement]:
    """Each order by a thread and a database connection of its own, none before all are ready."""
    return at_once(*[partial(place, order) for order in orders])


def of_shopper(number: int, *items: Any, **values: Any) -> Order:
    return placing.order(*items, shopper=Shopper(last_name=f"Shopper {number}", phone="+15125550123"), **values)


def test_it_sells_the_last_three_to_three_of_twenty_shoppers(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store, on_hand=3)
    placements = all_at_once([of_shopper(n, placing.item(store)) for n in range(20)])

    assert sum(placement.ordered for placement in placements) == 3
    assert {placing.said(each)[0] for each in placements} == {"", "out_of_stock"}
    assert Cart.objects.exclude(ordered_at=None).count() == 3
    assert Line.objects.count() == 3
    stock = Stock.objects.get(store=store, upc=GRILL)
    assert (stock.on_hand, stock.taken) == (3, 3)
    assert placing.moved(stripe_double) == [("hold", 43_192)] * 3
    numbers = Event.objects.filter(company_id=placing.brand().pk).order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3]


def test_it_takes_no_card_from_those_who_lost_the_race(stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch):
    """All have seen the last piece on the shelf before the first takes it."""
    store = placing.store(stripe_double)
    placing.sell(store, on_hand=1)
    seen = threading.Barrier(4)
    check = placing_steps.check

    def check_and_wait(*args: Any) -> Any:
        checked = check(*args)
        seen.wait(timeout=60)
        return checked

    monkeypatch.setattr(placing_steps, "check", check_and_wait)
    placements = all_at_once([of_shopper(n, placing.item(store)) for n in range(4)])

    lost = [placement for placement in placements if not placement.ordered]
    assert len(lost) == 3
    for placement in lost:
        [line] = placement.lines
        assert line.refusal is not None
        assert line.refusal.message == "Others were faster: the store has not that many left."
        assert line.hold == "not_tried"
    assert Cart.objects.count() == 1
    assert placing.moved(stripe_double) == [("hold", 43_192)]


def test_it_names_every_line_that_lost_the_race_and_takes_none(
    stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch
):
    store = placing.store(stripe_double)
    placing.sell(store, on_hand=5)
    placing.sell(store, TOWEL, on_hand=5, price=1_000)
    check = placing_steps.check

    def check_and_be_late(*args: Any) -> Any:
        checked = check(*args)
        Stock.objects.filter(upc=TOWEL).update(on_hand=0)
        return checked

    monkeypatch.setattr(placing_steps, "check", check_and_be_late)
    placement = place(placing.order(placing.item(store), placing.item(store, TOWEL, 1, "10.00")))

    assert placing.said(placement) == ["", "out_of_stock"]
    assert Cart.objects.count() == 0
    placing.assert_nothing_stands(stripe_double)


def test_it_takes_a_double_click_for_one(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store, on_hand=1)
    order = placing.order(placing.item(store), card_token=stripe_double.card_token())
    placements = all_at_once([order] * 5)

    assert [placement.ordered for placement in placements] == [True] * 5
    assert sum(placement.repeated for placement in placements) == 4
    assert len({placement.carts for placement in placements}) == 1
    assert Cart.objects.count() == 1
    assert placing.moved(stripe_double) == [("hold", 43_192)]
    assert placing.taken() == {(store.pk, GRILL): 1}


def test_it_does_not_keep_a_second_click_waiting_for_ever(stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(repeat, "PATIENCE", timedelta(milliseconds=100))
    store = placing.store(stripe_double)
    placing.sell(store)
    order = placing.order(placing.item(store))
    inside, done = threading.Event(), threading.Event()
    holds = placing_steps.place_holds

    def slow(carts: list[Cart]) -> Any:
        inside.set()
        done.wait(timeout=60)
        return holds(carts)

    monkeypatch.setattr(placing_steps, "place_holds", slow)
    with ThreadPoolExecutor(1) as first_click:
        first = first_click.submit(_place_and_close, order)
        assert inside.wait(timeout=60)
        second = place(order)
        done.set()
        assert first.result().ordered

    assert placing.said(second) == ["being_placed"]
    assert place(order).carts == first.result().carts
    assert placing.taken() == {(store.pk, GRILL): 1}


def test_it_never_lets_crossing_baskets_wait_for_each_other_in_a_circle(stripe_double: StripeDouble):
    stores = [placing.store(stripe_double) for _ in range(3)]
    for store in stores:
        placing.sell(store, on_hand=50)
        placing.sell(store, TOWEL, on_hand=50, price=1_000)
    orders = [of_shopper(n, *_both_ways(stores, forward=n % 2 == 0), path="ropis") for n in range(12)]
    placements = all_at_once(orders)

    assert all(placement.ordered for placement in placements)
    assert Cart.objects.exclude(ordered_at=None).count() == 36
    assert set(placing.taken().values()) == {12}
    for store in stores:
        numbers = Event.objects.filter(company_id=store.company_id, type="carts.ordered").values_list(
            "number", flat=True
        )
        assert len(numbers) == 12


def test_it_locks_the_streams_of_all_its_retailers_in_their_order(stripe_double: StripeDouble):
    """Another transaction has told the first retailer something and goes on to the second."""
    first, second = placing.store(stripe_double), placing.store(stripe_double)
    for store in (first, second):
        placing.sell(store)
    telling = threading.Event()

    def tell_one_after_the_other() -> None:
        try:
            with transaction.atomic():
                record("tests.told", companies=[first.company_id])
                telling.set()
                _wait_until_somebody_waits_for_a_lock()
                record("tests.told", companies=[second.company_id])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        told = other.submit(tell_one_after_the_other)
        assert telling.wait(timeout=60)
        placement = place(placing.order(placing.item(first), placing.item(second), path="ropis"))
        told.result(timeout=60)

    assert placement.ordered
    assert Event.objects.filter(type="tests.told").count() == 2


def _wait_until_somebody_waits_for_a_lock() -> None:
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return
        time.sleep(0.1)
    raise TimeoutError("Nobody waits.")


def _both_ways(stores: list[Store], *, forward: bool) -> list[Any]:
    items = [item for store in stores for item in (placing.item(store), placing.item(store, TOWEL, 1, "10.00"))]
    return items if forward else items[::-1]


def _place_and_close(order: Order) -> Placement:
    try:
        return place(order)
    finally:
        connection.close()
