from __future__ import annotations

from datetime import timedelta

import pytest

from pushcart.catalog.models import Product
from pushcart.companies.models import Dealer, Endpoint, StripeAccount
from pushcart.inventory.actions.take import take
from pushcart.inventory.models import Freshness
from pushcart.locator.labels import PATHS, labels, labels_of
from tests import network

pytestmark = pytest.mark.django_db

GRILL = network.GRILL


@pytest.fixture
def brand():
    return network.brand()


@pytest.fixture
def store(brand):
    """A store that offers every path, with two grills."""
    there = network.whole_store()
    network.dealer(brand, there.company)
    network.product(brand)
    network.stock(there, on_hand=2)
    return there


def codes(store, upc=GRILL, **options):
    return {path: label.code for path, label in labels(store, upc, **options).items()}


def every(code):
    return dict.fromkeys(PATHS, code)


def test_every_path_is_open_where_nothing_stands_in_the_way(store):
    found = labels(store, GRILL)

    assert list(found) == ["bopis", "ropis", "delivery", "curbside"]
    assert all(label.allowed and not label.reason for label in found.values())


@pytest.mark.parametrize(
    ("column", "shut"),
    [
        ("bopis", {"bopis", "curbside"}),
        ("ropis", {"ropis"}),
        ("delivery", {"delivery"}),
        ("curbside", {"curbside"}),
    ],
)
def test_a_path_that_the_store_does_not_offer_is_shut(store, column, shut):
    setattr(store, column, False)

    found = labels(store, GRILL)

    assert {path for path, label in found.items() if not label.allowed} == shut
    assert {found[path].code for path in shut} == {"path_off"}
    assert {found[path].reason for path in shut} == {"The store does not offer this."}


def test_what_orders_took_can_not_be_bought_again(store):
    take(store.pk, GRILL, 1)
    assert codes(store) == every("")

    take(store.pk, GRILL, 1)
    assert codes(store) == every("out_of_stock")


def test_a_product_that_the_store_never_had_is_out_of_stock(store, brand):
    network.product(brand, network.TOWEL)

    assert codes(store, network.TOWEL) == every("out_of_stock")


def test_a_product_that_nobody_knows_has_no_label(store):
    network.stock(store, network.TOWEL)

    assert codes(store, network.TOWEL) == every("product_unknown")


def test_a_product_without_any_price_has_no_label(store, brand):
    network.product(brand, network.TOWEL, msrp=None)
    network.stock(store, network.TOWEL, price=None)

    assert codes(store, network.TOWEL) == every("price_missing")


def test_a_brand_shows_no_dealer_that_it_did_not_authorize(store):
    Dealer.objects.update(authorized=False)
    assert codes(store) == every("dealer_not_authorized")

    Dealer.objects.all().delete()
    assert codes(store) == every("dealer_not_authorized")


def test_the_site_that_the_shopper_is_on_has_to_show_the_retailer(store, brand):
    stranger = network.brand()
    assert codes(store, brand=stranger) == every("dealer_not_authorized")

    network.dealer(stranger, store.company)
    assert codes(store, brand=stranger) == every("")
    assert codes(store, brand=brand) == every("")


def test_where_buy_it_locally_is_broken_nothing_can_be_bought_or_reserved(store):
    StripeAccount.objects.update(charges_enabled=False)

    assert codes(store) == every("stripe_charges_disabled")


def test_where_only_pushcart_fails_the_standard_workflow_sells(store):
    Endpoint.objects.all().delete()
    store.pushcart = False
    store.save()

    assert codes(store) == every("")


def test_stock_that_is_a_day_old_is_sold_by_the_standard_workflow_and_older_by_nobody(store):
    fed_at = Freshness.objects.get(store=store).fed_at

    assert codes(store, at=fed_at + timedelta(hours=25)) == every("")
    assert codes(store, at=fed_at + timedelta(hours=72) - timedelta(seconds=1)) == every("")
    assert codes(store, at=fed_at + timedelta(hours=72)) == every("stock_stale")


def test_a_product_that_is_blocked_for_pickup_and_delivery_can_be_reserved(store):
    network.block(Product.objects.get(upc=GRILL), "bopis", "delivery")

    blocked = "product_blocked"
    assert codes(store) == {"bopis": blocked, "ropis": "", "delivery": blocked, "curbside": blocked}


def test_a_retailers_own_block_holds_in_its_stores_alone(store, brand):
    elsewhere = network.whole_store()
    network.dealer(brand, elsewhere.company)
    network.stock(elsewhere)
    network.block(Product.objects.get(upc=GRILL), "delivery", retailer=elsewhere.company)

    assert codes(store) == every("")
    assert codes(elsewhere) == every("") | {"delivery": "product_blocked"}


def test_a_basket_costs_no_more_queries_than_one_product(store, brand, django_assert_num_queries):
    upcs = [GRILL, network.TOWEL, "4006381333931", "000073513537"]
    for upc in upcs[1:]:
        network.product(brand, upc)
        network.stock(store, upc)

    with django_assert_num_queries(6):
        found = labels_of(store, upcs)

    assert list(found) == upcs
    assert all(label.allowed for by_path in found.values() for label in by_path.values())
