from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pushcart.carts.actions.place import place
from pushcart.carts.models import Cart, Document, Line
from pushcart.events.models import Event
from pushcart.payments.models import Hold
from tests import network
from tests.carts import placing_orders as placing
from tests.carts.orders import money, shown, told
from tests.carts.placing_orders import GRILL, HOME, NOON, TOWEL

if TYPE_CHECKING:
    from types import ModuleType

    from tests.doubles import StripeDouble

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _noon(stripe_double: StripeDouble, clock: ModuleType) -> None:
    clock.freeze(NOON)


def test_it_holds_the_card_and_hands_the_order_to_the_store(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store, on_hand=3)
    order = placing.order(placing.item(store), card_token=stripe_double.card_token(), locale="en-us")

    placement = place(order)

    [cart] = placement.carts
    [line] = placement.lines
    assert (line.ordered, line.hold, line.upc, line.store_id) == (True, "held", GRILL, store.pk)
    assert (cart.workflow, cart.status, cart.sequence, cart.test) == ("pushcart", "ordered", 1, False)
    assert cart.ordered_at == NOON
    assert cart.respond_by == NOON + timedelta(hours=2)
    assert cart.remind_at == NOON + timedelta(minutes=30)
    # 399.00 and 8.25 % of it.
    assert placing.moved(stripe_double) == [("hold", 43_192)]
    assert money(Line.objects.get()) == {
        "authorised": 43_192,
        "held": 43_192,
        "captured": 0,
        "released": 0,
        "kept": 0,
        "refunding": 0,
        "refunded": 0,
    }
    assert placing.taken() == {(store.pk, GRILL): 1}
    assert told(cart) == ["carts.ordered"]
    assert Event.objects.filter(cart_id=cart.pk, company_id=placing.brand().pk).count() == 1


def test_it_shows_the_order_as_the_shopper_sent_it(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store, vendor_sku="K57", name="Kettle 57")
    placement = place(placing.order(placing.item(store, qty=2, message="Two lids, please"), locale="en-us", muted=True))

    [cart] = placement.carts
    document = shown(cart)
    assert document["hash"] == cart.hash
    assert (document["status"], document["sequence"], document["test"]) == ("ordered", 1, 0)
    assert (document["origin"], document["locale"], document["currency"]) == ("www.ember-oak.example", "en-us", "usd")
    assert (document["path_to_purchase"], document["for_hold"], document["for_delivery"]) == ("bopis", 0, 0)
    assert document["ordered_at"] == "2026-11-24T18:00:00Z"
    assert document["respond_by"] == "2026-11-24T20:00:00Z"
    assert (document["first_name"], document["email"]) == ("Ada", "ada@shopper.example")
    assert document["payment"] == {"brand": "visa", "last4": "4242", "status": "authorized"}
    assert document["subtotal"] == 798.0
    assert document["tax_total"] == 65.84
    assert document["grand_total"] == 863.84
    [item] = document["items"]
    assert (item["upc"], item["name"], item["vendor_sku"]) == (GRILL, "Kettle 57", "K57")
    assert (item["qty"], item["message"]) == (2, "Two lids, please")
    # 32.9175 rounds to 32.92 a piece, and the line, rounded once, to 65.84, not 65.83.
    assert (item["tax_per_unit"], item["tax"], item["total"]) == (32.92, 65.84, 863.84)
    assert Cart.objects.get().muted


def test_it_holds_each_line_by_itself(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store)
    placing.sell(store, TOWEL, price=1_000)
    placement = place(placing.order(placing.item(store), placing.item(store, TOWEL, 3, "10")))

    assert [line.hold for line in placement.lines] == ["held", "held"]
    assert sorted(placing.moved(stripe_double)) == [("hold", 3_248), ("hold", 43_192)]
    assert placing.taken() == {(store.pk, GRILL): 1, (store.pk, TOWEL): 3}
    assert shown(placement.carts[0])["grand_total"] == 464.40


def test_it_holds_many_lines_side_by_side(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    upcs = [
        "036000291452",
        "042100005264",
        "012345678905",
        "076950450479",
        "049000006346",
        "038000138416",
        "041220576463",
    ]
    for upc in upcs:
        placing.sell(store, upc, price=1_000)
    placement = place(placing.order(*(placing.item(store, upc, 1, "10.00") for upc in upcs)))

    assert placing.holds(placement) == ["held"] * 7
    assert placing.moved(stripe_double) == [("hold", 1_083)] * 7
    assert [item["upc"] for item in shown(placement.carts[0])["items"]] == upcs


def test_it_makes_one_cart_for_each_store(stripe_double: StripeDouble):
    near, far = placing.store(stripe_double), placing.store(stripe_double, hours="Mo-Sa 14:00-20:00")
    for at in (near, far):
        placing.sell(at)
    placing.sell(far, TOWEL, price=1_000)
    placement = place(
        placing.order(placing.item(far, TOWEL, 1, "10"), placing.item(near), placing.item(far), locale="en-us")
    )

    first, second = placement.carts
    assert [(line.upc, line.store_id, line.ordered) for line in placement.lines] == [
        (TOWEL, far.pk, True),
        (GRILL, near.pk, True),
        (GRILL, far.pk, True),
    ]
    assert (first.store_id, second.store_id) == (near.pk, far.pk)
    assert (first.retailer_id, second.retailer_id) == (near.company_id, far.company_id)
    assert first.basket == second.basket
    assert [item["upc"] for item in shown(first)["items"]] == [GRILL]
    assert [item["upc"] for item in shown(second)["items"]] == [TOWEL, GRILL]
    # The far store opens two hours later.
    assert first.respond_by == NOON + timedelta(hours=2)
    assert second.respond_by == NOON + timedelta(hours=4)
    assert told(first) == told(second) == ["carts.ordered"]
    numbers = Event.objects.filter(company_id=placing.brand().pk).order_by("number").values_list("number", "cart_id")
    assert sorted(numbers) == [(1, second.pk), (2, first.pk)]


def test_it_starts_the_window_when_the_store_opens(stripe_double: StripeDouble, clock: ModuleType):
    clock.freeze(datetime(2026, 11, 25, 2, 30, tzinfo=UTC))  # half an hour before closing
    store = placing.store(stripe_double)
    placing.sell(store)
    [cart] = place(placing.order(placing.item(store))).carts

    assert cart.respond_by == datetime(2026, 11, 25, 16, 30, tzinfo=UTC)  # 10:30 the next day
    assert cart.remind_at == datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


def test_it_falls_back_to_the_standard_workflow_where_only_pushcart_fails(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store)
    network.fed(store, fed_at=NOON - timedelta(hours=25))
    [cart] = place(placing.order(placing.item(store))).carts

    assert cart.workflow == "standard"
    # Eight open hours: until 20:00.
    assert cart.respond_by == NOON + timedelta(hours=8)
    assert shown(cart)["workflow"] == "standard"


def test_it_holds_no_card_for_a_reservation(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store, on_hand=1)
    placement = place(placing.order(placing.item(store), path="ropis"))

    [cart] = placement.carts
    assert placing.holds(placement) == ["none"]
    assert placing.moved(stripe_double) == []
    assert Hold.objects.count() == 0
    document = shown(cart)
    assert (document["path_to_purchase"], document["for_hold"]) == ("ropis", 1)
    # Paid, and taxed, in the store.
    assert (document["subtotal"], document["tax_total"], document["grand_total"]) == (399.0, 0, 399.0)
    assert document["payment"] == {"brand": "", "last4": "", "status": "none"}
    assert placing.taken() == {(store.pk, GRILL): 1}
    assert set(money(Line.objects.get()).values()) == {0}


def test_it_brings_a_pickup_to_the_car(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store)
    [cart] = place(placing.order(placing.item(store), curbside=True, car="Red Volvo, TX 123")).carts

    document = shown(cart)
    assert (document["path_to_purchase"], document["for_curbside"]) == ("bopis", 1)
    assert document["car"] == "Red Volvo, TX 123"


def test_it_promises_a_delivery_and_shares_its_fee_out(stripe_double: StripeDouble):
    store = placing.store(stripe_double, delivery_fee=1_000, delivery_lead_minutes=100)
    placing.sell(store)
    placing.sell(store, TOWEL, price=1_000)
    [cart] = place(
        placing.order(placing.item(store), placing.item(store, TOWEL, 1, "10.00"), path="delivery", delivery=HOME)
    ).carts

    document = shown(cart)
    assert (document["path_to_purchase"], document["for_delivery"]) == ("delivery", 1)
    assert (document["delivery_address"], document["delivery_zip"]) == ("1 Airport Blvd", "78702")
    # 12:00 and a hundred minutes, on the next quarter of an hour.
    assert document["delivery_from"] == "2026-11-24T19:45:00Z"
    assert document["delivery_until"] == "2026-11-24T20:45:00Z"
    assert [item["shipping"] for item in document["items"]] == [9.76, 0.24]
    assert document["shipping_cost_total"] == 10.0
    # The fee is not taxed; each hold covers its line's part of it.
    assert document["tax_total"] == 33.75
    assert sorted(placing.moved(stripe_double)) == [("hold", 1_107), ("hold", 44_168)]
    assert document["grand_total"] == 452.75


def test_it_takes_the_tax_that_the_site_worked_out(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store)
    [cart] = place(placing.order(placing.item(store, qty=2, tax_per_unit=Decimal("27.93")))).carts

    document = shown(cart)
    assert (document["tax_total"], document["grand_total"]) == (55.86, 853.86)
    assert document["items"][0]["tax_per_unit"] == 27.93


def test_it_sells_at_the_msrp_where_the_feed_has_no_price(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store, price=None, msrp=44_900)
    [cart] = place(placing.order(placing.item(store, price="449.00"))).carts

    assert shown(cart)["subtotal"] == 449.0


def test_it_asks_no_card_for_what_costs_nothing(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store, price=0)
    placement = place(placing.order(placing.item(store, price="0")))

    assert placement.ordered
    assert placing.holds(placement) == ["none"]
    assert placing.moved(stripe_double) == []


def test_it_takes_no_stock_for_a_test_order(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store, on_hand=1)
    [cart] = place(placing.order(placing.item(store), test=True)).carts

    assert shown(cart)["test"] == 1
    assert cart.workflow == "pushcart"
    assert placing.taken() == {}
    assert Line.objects.get().stock_snapshot is None
    assert Hold.objects.get().test
    assert set(Event.objects.filter(cart_id=cart.pk).values_list("test", flat=True)) == {True}


def test_it_answers_the_same_order_with_its_first_carts(stripe_double: StripeDouble, clock: ModuleType):
    store = placing.store(stripe_double)
    placing.sell(store, on_hand=1)
    order = placing.order(placing.item(store), card_token=stripe_double.card_token())
    first = place(order)
    clock.move(timedelta(minutes=9, seconds=59))
    again = place(order)

    assert (first.repeated, again.repeated) == (False, True)
    assert again.carts == first.carts
    assert again.lines == first.lines
    assert Cart.objects.count() == 1
    assert placing.moved(stripe_double) == [("hold", 43_192)]
    assert placing.taken() == {(store.pk, GRILL): 1}


def test_it_takes_the_same_order_anew_after_ten_minutes(stripe_double: StripeDouble, clock: ModuleType):
    store = placing.store(stripe_double)
    placing.sell(store)
    first = place(placing.order(placing.item(store)))
    clock.move(timedelta(minutes=10))
    again = place(placing.order(placing.item(store)))

    assert again.carts != first.carts
    assert placing.moved(stripe_double) == [("hold", 43_192), ("hold", 43_192)]


def test_it_takes_another_order_with_the_same_card(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store)
    token = stripe_double.card_token()
    first = place(placing.order(placing.item(store), card_token=token))
    second = place(placing.order(placing.item(store, message="A gift"), card_token=token))

    assert first.carts != second.carts
    assert placing.taken() == {(store.pk, GRILL): 2}


def test_it_takes_an_order_again_that_was_refused(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store, on_hand=0)
    order = placing.order(placing.item(store), card_token=stripe_double.card_token())
    assert placing.said(place(order)) == ["out_of_stock"]
    network.stock(store, on_hand=1)

    assert place(order).ordered


def test_it_takes_an_order_again_that_was_cancelled(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store)
    order = placing.order(placing.item(store), path="ropis")
    first = place(order)
    Line.objects.update(status="cancelled")

    assert place(order).carts != first.carts


def test_it_writes_the_document_once(stripe_double: StripeDouble):
    store = placing.store(stripe_double)
    placing.sell(store)
    [cart] = place(placing.order(placing.item(store))).carts

    [document] = Document.objects.all()
    assert (document.cart_id, document.sequence) == (cart.pk, 1)
    assert b'"price_per_unit":399.00' in document.body.encode()
    assert json.loads(document.body)["order_url"].endswith(f"/order/{cart.hash}/{cart.shopper_token}")
