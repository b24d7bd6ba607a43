from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pushcart.carts.actions.place import place
from pushcart.carts.models import Cart, Line
from pushcart.companies.models import Company, Dealer
from tests import network
from tests.carts import placing_orders as placing
from tests.carts.placing_orders import GRILL, HOME, NOON, TOWEL, assert_nothing_stands

if TYPE_CHECKING:
    from types import ModuleType

    from pushcart.carts.order import Order, Refusal
    from pushcart.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _noon(clock: ModuleType) -> None:
    clock.freeze(NOON)


@pytest.fixture
def store() -> Store:
    return placing.store()


def refused(order: Order) -> list[Refusal | None]:
    """The refusals of an order of which nothing is left: it was never written down."""
    placement = place(order)
    assert not placement.ordered
    assert placement.carts == ()
    assert not any(line.ordered for line in placement.lines)
    assert_nothing_stands()
    assert Cart.objects.count() == 0
    return [line.refusal for line in placement.lines]


def only_refusal(order: Order) -> tuple[str, str, str, dict[str, Any]]:
    [refusal] = refused(order)
    assert refusal is not None
    return str(refusal.cause), refusal.field, refusal.message, refusal.details


def test_it_refuses_an_unknown_store():
    item = replace(placing.item(placing.store()), store_id=999_999)
    assert only_refusal(placing.order(item)) == ("store_unknown", "store_id", "There is no store 999999.", {})


def test_it_refuses_an_unknown_product(store: Store):
    assert only_refusal(placing.order(placing.item(store))) == (
        "not_offered",
        "upc",
        "No product has this UPC.",
        {"gate": "product_unknown"},
    )


def test_it_refuses_what_the_store_never_had(store: Store):
    network.product(placing.brand())
    assert only_refusal(placing.order(placing.item(store))) == (
        "out_of_stock",
        "qty",
        "The store has none left.",
        {"available": 0},
    )


def test_it_refuses_more_than_is_left_after_open_orders(store: Store):
    placing.sell(store, on_hand=3)
    first = place(placing.order(placing.item(store, qty=2), path="ropis"))
    placement = place(placing.order(placing.item(store, qty=2)))

    assert first.ordered
    [line] = placement.lines
    assert line.refusal is not None
    assert line.refusal.message == "The store has 1 left, and 2 were ordered."
    assert line.refusal.details == {"available": 1}
    assert line.hold == "not_tried"
    assert placing.taken() == {(store.pk, GRILL): 2}


def test_it_refuses_a_price_that_is_not_the_stores(store: Store):
    placing.sell(store)
    assert only_refusal(placing.order(placing.item(store, price="398.99"))) == (
        "price_changed",
        "price_per_unit",
        "The store's price is 399.00 USD, not 398.99.",
        {"price_per_unit": Decimal("399.00")},
    )


def test_it_refuses_a_price_finer_than_the_coin(store: Store):
    placing.sell(store)
    assert only_refusal(placing.order(placing.item(store, price="399.001")))[0] == "price_changed"


def test_it_refuses_a_product_without_a_price(store: Store):
    placing.sell(store, price=None, msrp=None)
    assert only_refusal(placing.order(placing.item(store)))[3] == {"gate": "price_missing"}


def test_it_takes_no_msrp_of_another_currency_for_a_price(store: Store):
    placing.sell(store, price=None, msrp=39_900)
    Company.objects.filter(pk=placing.brand().pk).update(currency="eur")
    assert only_refusal(placing.order(placing.item(store)))[3] == {"gate": "price_missing"}


def test_it_refuses_another_currency(store: Store):
    placing.sell(store)
    assert only_refusal(placing.order(placing.item(store), currency="cad")) == (
        "currency_differs",
        "currency",
        "The store sells in USD, not in CAD.",
        {},
    )


@pytest.mark.parametrize(
    ("switch", "order"),
    [
        ("bopis", {"path": "bopis"}),
        ("ropis", {"path": "ropis"}),
        ("delivery", {"path": "delivery", "delivery": HOME}),
        ("curbside", {"path": "bopis", "curbside": True}),
    ],
)
def test_it_refuses_a_path_that_the_store_does_not_offer(store: Store, switch: str, order: dict[str, Any]):
    placing.sell(store)
    setattr(store, switch, False)
    store.save()
    assert only_refusal(placing.order(placing.item(store), **order)) == (
        "not_offered",
        "upc",
        "The store does not offer this.",
        {"gate": "path_off"},
    )


def test_it_refuses_a_retailer_that_the_brand_does_not_show(store: Store):
    placing.sell(store)
    Dealer.objects.update(authorized=False)
    assert only_refusal(placing.order(placing.item(store)))[3] == {"gate": "dealer_not_authorized"}


def test_it_refuses_where_buy_it_locally_is_broken(store: Store):
    placing.sell(store)
    store.tax_rates.all().delete()
    cause, field, message, details = only_refusal(placing.order(placing.item(store), path="ropis"))
    assert (cause, field, details) == ("not_offered", "upc", {"gate": "tax_rate_missing"})
    assert message == "The store has no local sales tax rate in force."


def test_it_refuses_stock_that_was_told_too_long_ago(store: Store):
    placing.sell(store)
    network.fed(store, fed_at=NOON - timedelta(days=30))
    assert only_refusal(placing.order(placing.item(store)))[3] == {"gate": "stock_stale"}


@pytest.mark.parametrize("hours", ["off", "Mo-Su 09:00-09:01"])
def test_it_refuses_a_store_that_never_opens_long_enough(hours: str):
    store = placing.store(hours=hours)
    placing.sell(store)
    cause, field, message, _ = only_refusal(placing.order(placing.item(store)))
    assert (cause, field) == ("never_opens", "")
    assert message == "The store does not open long enough to answer an order."


@pytest.mark.parametrize(
    ("tax", "message"),
    [
        ("0.08250", "tax_per_unit is an amount of USD, and 0.08250 is none."),
        ("399.01", "tax_per_unit is more than the price."),
    ],
)
def test_it_refuses_a_tax_that_is_no_amount_of_tax(store: Store, tax: str, message: str):
    placing.sell(store)
    cause, field, said, _ = only_refusal(placing.order(placing.item(store, tax_per_unit=Decimal(tax))))
    assert (cause, field, said) == ("tax_mismatch", "tax_per_unit", message)


def test_it_refuses_the_stores_rate_given_for_an_amount(store: Store):
    placing.sell(store)
    store.tax_rates.update(rate=Decimal("0.07"))
    cause, field, message, details = only_refusal(placing.order(placing.item(store, tax_per_unit=Decimal("0.07"))))
    assert (cause, field, details) == ("tax_mismatch", "tax_per_unit", {"tax": Decimal("27.93")})
    assert message == "tax_per_unit is an amount, not a rate: at the store's rate it is 27.93."


def test_it_refuses_a_delivery_that_is_too_far(store: Store):
    placing.sell(store)
    far = replace(HOME, lat=30.5083, lng=-97.6789)  # Round Rock
    assert only_refusal(placing.order(placing.item(store), path="delivery", delivery=far)) == (
        "out_of_reach",
        "delivery_address",
        "The address is 27.5 km away; the store delivers up to 25 km.",
        {"distance_km": 27.5, "radius_km": 25.0},
    )


def test_it_refuses_a_delivery_to_a_postcode_that_nobody_knows(store: Store):
    placing.sell(store)
    nowhere = replace(HOME, lat=None, lng=None, zip="00000")
    cause, field, message, _ = only_refusal(placing.order(placing.item(store), path="delivery", delivery=nowhere))
    assert (cause, field) == ("out_of_reach", "delivery_zip")
    assert message == "The postcode '00000' is not known here: send delivery_lat and delivery_lng."


def test_it_refuses_a_delivery_at_an_hour_that_the_store_can_not_keep(store: Store):
    placing.sell(store)
    early = replace(HOME, wanted_from=NOON + timedelta(minutes=30))
    cause, field, message, details = only_refusal(placing.order(placing.item(store), path="delivery", delivery=early))
    assert (cause, field) == ("no_delivery_window", "delivery_from")
    assert message == (
        "The store can't deliver from Tuesday 12:30 to Tuesday 13:30; the earliest is Tuesday 13:00 to Tuesday 14:00."
    )
    assert details == {
        "delivery_from": datetime(2026, 11, 24, 19, tzinfo=UTC),
        "delivery_until": datetime(2026, 11, 24, 20, tzinfo=UTC),
    }


def test_it_answers_line_by_line_and_blames_only_what_is_wrong(store: Store):
    placing.sell(store)
    placing.sell(store, TOWEL, on_hand=1, price=1_000)
    other = placing.store(hours="off")
    placing.sell(other)
    order = placing.order(
        placing.item(store),
        placing.item(store, TOWEL, 2, "10.00"),
        placing.item(other),
        placing.item(other, TOWEL, 1, "10.00"),
    )
    placement = place(order)

    assert placing.said(placement) == ["", "out_of_stock", "never_opens", "out_of_stock"]
    assert [(line.position, line.upc, line.store_id) for line in placement.lines] == [
        (0, GRILL, store.pk),
        (1, TOWEL, store.pk),
        (2, GRILL, other.pk),
        (3, TOWEL, other.pk),
    ]
    assert placing.holds(placement) == ["not_tried"] * 4
    assert_nothing_stands()
    assert Line.objects.count() == 0


def test_it_says_of_a_reservation_that_there_was_no_card_to_try(store: Store):
    assert placing.holds(place(placing.order(placing.item(store), path="ropis"))) == ["none"]
