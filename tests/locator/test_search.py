from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pushcart.catalog.models import Product
from pushcart.companies.models import Company, Dealer, StripeAccount
from pushcart.inventory.models import Freshness
from pushcart.locator.labels import labels
from pushcart.locator.place import Place
from pushcart.locator.search import SearchError
from tests import network

AUSTIN = Place(30.2672, -97.7431)
GRILL, TOWEL = network.GRILL, network.TOWEL


@pytest.fixture
def brand(transactional_db):
    return network.brand()


@pytest.fixture
def grill(brand):
    return network.product(brand)


@pytest.fixture
def stand(brand, grill):
    """A whole store of a retailer that the brand shows, with grills, so many kilometres north of Austin's middle."""

    def at(km: float, on_hand: int = 2, **values):
        store = network.whole_store(lat=30.2672 + km / 111.195, lng=-97.7431, **values)
        network.dealer(brand, store.company)
        network.stock(store, on_hand=on_hand)
        return store

    return at


def ids(found):
    return [hit.store.id for hit in found.hits]


def test_it_finds_the_nearest_first(find, stand):
    far, near, middle = stand(300), stand(1), stand(20)

    found = find(AUSTIN, upcs=[GRILL])

    assert ids(found) == [near.pk, middle.pk, far.pk]
    assert [round(hit.km) for hit in found.hits] == [1, 20, 300]
    assert [hit.distance("mi") for hit in found.hits] == [0.62, 12.43, 186.41]
    assert found.source == "sql"


def test_it_tells_all_that_a_shopper_asks(find, stand, grill, clock):
    clock.freeze(datetime(2026, 11, 24, 14, 0, tzinfo=UTC))  # 8:00 in Austin
    store = stand(1, on_hand=3, hours="Mo-Fr 09:00-18:00")
    clock.move(timedelta(minutes=20))

    [hit] = find(AUSTIN, upcs=["0" + GRILL]).hits

    assert (hit.store.name, hit.store.number, hit.store.timezone) == (store.name, store.number, "America/Chicago")
    assert (hit.opening.is_open, hit.opening.opens_at) == (False, datetime(2026, 11, 24, 15, 0, tzinfo=UTC))
    assert (hit.workflow, hit.answers_by) == ("pushcart", datetime(2026, 11, 24, 17, 0, tzinfo=UTC))
    assert (hit.age, hit.stock) == (timedelta(minutes=20), "in_stock")
    [offer] = hit.offers
    assert (offer.upc, offer.qty, offer.price, offer.product.name) == (GRILL, 3, network.PRICE, grill.name)
    assert all(label.allowed for label in offer.labels.values())


def test_a_store_that_never_opens_can_take_no_order(find, stand):
    stand(1, hours="off")

    [hit] = find(AUSTIN, upcs=[GRILL]).hits

    assert hit.answers_by is None
    assert {label.code for label in hit.offers[0].labels.values()} == {"never_opens"}


def test_a_store_does_not_deliver_beyond_its_radius(find, stand):
    stand(30, delivery_radius_km=29)

    [hit] = find(AUSTIN, upcs=[GRILL]).hits

    labels = hit.offers[0].labels
    assert (labels["delivery"].code, labels["delivery"].reason) == ("out_of_reach", "The store delivers up to 29 km.")
    assert labels["bopis"].allowed
    assert find(AUSTIN, upcs=[GRILL], paths=["delivery"]).hits == []


def test_only_stores_in_stock_are_found_unless_all_are_wanted(find, stand):
    there, sold_out, never_fed, stale = stand(1), stand(2, on_hand=0), stand(3), stand(4)
    Freshness.objects.filter(store=never_fed).delete()
    Freshness.objects.filter(store=stale).update(fed_at=datetime(2026, 1, 1, tzinfo=UTC))

    assert ids(find(AUSTIN, upcs=[GRILL])) == [there.pk]
    all_of_them = find(AUSTIN, upcs=[GRILL], in_stock=False)
    assert ids(all_of_them) == [there.pk, sold_out.pk, never_fed.pk, stale.pk]
    assert [hit.stock for hit in all_of_them.hits] == ["in_stock", "out_of_stock", "unknown", "stale"]
    assert [hit.offers[0].labels["bopis"].code for hit in all_of_them.hits] == [
        "",
        "out_of_stock",
        "stock_stale",
        "stock_stale",
    ]


def test_a_store_that_can_sell_nothing_is_found_with_the_reason(find, stand):
    store = stand(1)
    StripeAccount.objects.update(charges_enabled=False)

    [hit] = find(AUSTIN, upcs=[GRILL]).hits

    assert hit.store.id == store.pk
    assert (hit.workflow, hit.answers_by) == (None, None)
    assert hit.offers[0].labels["ropis"].code == "stripe_charges_disabled"
    assert find(AUSTIN, upcs=[GRILL], paths=["ropis"]).hits == []


def test_it_shows_no_store_that_the_brand_does_not_show(find, stand, brand):
    store = stand(1)
    stranger = network.brand()

    assert ids(find(AUSTIN, upcs=[GRILL], brand_id=brand.pk)) == [store.pk]
    assert ids(find(AUSTIN, upcs=[GRILL], brand_id=stranger.pk)) == []
    Dealer.objects.update(authorized=False)
    assert ids(find(AUSTIN, upcs=[GRILL])) == []


def test_it_shows_no_store_that_is_closed_for_good(find, stand):
    stand(1, closed=True)

    assert find(AUSTIN, upcs=[GRILL], in_stock=False).hits == []


def test_a_price_is_the_stores_or_the_products_in_the_same_currency(find, stand, brand):
    store = stand(1)
    network.stock(store, price=None)
    Product.objects.update(msrp=42_000)
    assert find(AUSTIN, upcs=[GRILL]).hits[0].offers[0].price == 42_000

    Company.objects.filter(pk=brand.pk).update(currency="cad")
    [hit] = find(AUSTIN, upcs=[GRILL]).hits
    assert hit.offers[0].price is None
    assert hit.offers[0].labels["bopis"].code == "price_missing"


def test_a_blocked_path_is_shut_and_not_found_by(find, stand, grill):
    store = stand(1)
    network.block(grill, "bopis", retailer=store.company)

    [hit] = find(AUSTIN, upcs=[GRILL]).hits
    assert {path for path, label in hit.offers[0].labels.items() if label.code == "product_blocked"} == {
        "bopis",
        "curbside",
    }
    assert find(AUSTIN, upcs=[GRILL], paths=["bopis"]).hits == []
    assert ids(find(AUSTIN, upcs=[GRILL], paths=["bopis", "ropis"])) == [store.pk]


def test_a_style_is_all_its_products(find, stand, brand, grill):
    Product.objects.filter(pk=grill.pk).update(style="kettle")
    network.product(brand, TOWEL, style="kettle")
    network.product(upc="4006381333931", style="kettle")  # another brand's
    first, second = stand(1), stand(2, on_hand=0)
    network.stock(second, TOWEL, on_hand=1)

    found = find(AUSTIN, style="kettle", brand_id=brand.pk)

    assert ids(found) == [first.pk, second.pk]
    assert [product.upc for product in found.products] == [TOWEL, GRILL]
    assert [(offer.upc, offer.stock) for offer in found.hits[1].offers] == [
        (TOWEL, "in_stock"),
        (GRILL, "out_of_stock"),
    ]
    assert find(AUSTIN, style="no such", brand_id=brand.pk).hits == []


def test_without_products_it_finds_the_stores_that_the_brand_shows(find, stand, brand):
    near, far = stand(1, on_hand=0), stand(2)
    network.whole_store()

    found = find(AUSTIN, brand_id=brand.pk)

    assert ids(found) == [near.pk, far.pk]
    assert [hit.offers for hit in found.hits] == [(), ()]


def test_it_looks_no_further_than_it_is_told(find, stand):
    near = stand(16)
    stand(17)

    assert ids(find(AUSTIN, upcs=[GRILL], within=10, unit="mi")) == [near.pk]


def test_it_gives_a_page_of_the_answer(find, stand):
    stores = [stand(km) for km in (1, 50, 3, 900, 1)]
    nearest = [stores[i].pk for i in (0, 4, 2, 1, 3)]

    assert ids(find(AUSTIN, upcs=[GRILL], limit=2)) == nearest[:2]
    assert ids(find(AUSTIN, upcs=[GRILL], limit=2, offset=2)) == nearest[2:4]
    assert ids(find(AUSTIN, upcs=[GRILL], limit=2, offset=4)) == nearest[4:]
    assert ids(find(AUSTIN, upcs=[GRILL], store_ids=[nearest[3]])) == nearest[3:4]
    assert ids(find(AUSTIN, upcs=[GRILL], retailer_id=stores[3].company_id)) == nearest[4:]


@pytest.mark.parametrize("lng", [179.9, -179.9])
def test_it_looks_over_the_date_line(find, stand, lng):
    east, west = stand(1), stand(1)
    for store, at in ((east, 179.95), (west, -179.95)):
        store.lat, store.lng = -17.0, at
        store.save()

    expected = [east.pk, west.pk] if lng > 0 else [west.pk, east.pk]
    assert ids(find(Place(-17.0, lng), upcs=[GRILL], within=20, unit="km")) == expected


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"upcs": ["123"]}, "'123' is not a GTIN: it has too few digits."),
        ({"style": "kettle"}, "A style, a color, or a search without products, needs the brand."),
        ({}, "A style, a color, or a search without products, needs the brand."),
        ({"upcs": [GRILL], "limit": 0}, "limit is a number from 1 to 1000."),
        ({"upcs": [GRILL], "within": -1}, "within is a number from 0 to 100000."),
        ({"upcs": [GRILL], "within": 1, "unit": "ly"}, "'ly' is no unit: those are km and mi."),
        ({"upcs": [GRILL], "paths": ["mail"]}, "'mail' is no path: those are bopis, ropis, delivery, curbside."),
    ],
)
def test_it_refuses_a_question_that_makes_no_sense(find, asked, said):
    with pytest.raises(SearchError) as refused:
        find(AUSTIN, **asked)
    assert str(refused.value) == said


def test_it_shows_what_an_order_would_be_told(find, stand, brand, grill):
    """`labels_of` is what an order asks: whatever is amiss, both say the same of every path."""
    store = stand(1)
    account = StripeAccount.objects.filter(company=store.company)
    amiss = [
        lambda: None,
        lambda: type(store).objects.filter(pk=store.pk).update(ropis=False),
        lambda: network.block(grill, "bopis"),
        lambda: network.stock(store, price=None) and Product.objects.update(msrp=None),
        lambda: network.stock(store, on_hand=0),
        lambda: Freshness.objects.update(fed_at=datetime(2026, 1, 1, tzinfo=UTC)),
        lambda: account.update(charges_enabled=False),
        lambda: store.tax_rates.all().delete(),
    ]
    codes = set()
    for happens in amiss:
        happens()
        store.refresh_from_db()
        [hit] = find(AUSTIN, upcs=[GRILL], brand_id=brand.pk, in_stock=False).hits
        assert hit.offers[0].labels == labels(store, GRILL, brand=brand)
        codes |= {label.code for label in hit.offers[0].labels.values()}
    assert codes == {
        "", "path_off", "product_blocked", "price_missing", "out_of_stock", "stock_stale", "stripe_charges_disabled",
        "tax_rate_missing",
    }  # fmt: skip
