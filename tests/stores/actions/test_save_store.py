from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from pushcart.stores.actions.save_store import save_store
from pushcart.stores.errors import StoreError
from pushcart.stores.models import Store
from tests import network

pytestmark = pytest.mark.django_db

AUSTIN = {
    "name": "South Congress",
    "address": "1415 S Congress Ave",
    "city": "Austin",
    "state": "TX",
    "zip": "78704",
    "lat": 30.2496,
    "lng": -97.7495,
    "timezone": "America/Chicago",
    "hours": "Mo-Sa 09:00-20:00; Su 10:00-18:00",
}


def test_it_writes_a_new_store():
    company = network.retailer()

    store = save_store(company, " 101 ", **AUSTIN)

    store.refresh_from_db()
    assert (store.company, store.number, store.city, store.pushcart) == (company, "101", "Austin", False)
    assert store.opening_times.text == AUSTIN["hours"]


def test_it_changes_what_it_is_told_and_nothing_else():
    company = network.retailer()
    first = save_store(company, "101", **AUSTIN)

    again = save_store(company, "101", closed=True)

    assert again.pk == first.pk
    assert (again.closed, again.city) == (True, "Austin")
    assert Store.objects.count() == 1


def test_two_retailers_may_use_one_number():
    save_store(network.retailer(), "1", **AUSTIN)
    save_store(network.retailer(), "1", **AUSTIN)

    assert Store.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", " ", "The store's name is missing."),
        ("city", "", "The store's city is missing."),
        ("zip", "", "The store's zip is missing."),
        ("address", "a" * 201, "The store's address is longer than 200 characters."),
        ("email", "nobody", "'nobody' is no mail address."),
        ("country", "USA", "'USA' is no country: write ISO 3166's two capital letters, US or CA."),
        ("country", "us", "'us' is no country: write ISO 3166's two capital letters, US or CA."),
        ("country", "ZQ", "'ZQ' is no country: write ISO 3166's two capital letters, US or CA."),
        ("lat", 90.1, "90.1 is no lat: it goes from -90 to 90 degrees."),
        ("lng", -181.0, "-181.0 is no lng: it goes from -180 to 180 degrees."),
        ("lat", float("nan"), "nan is no lat: it goes from -90 to 90 degrees."),
        ("timezone", "Texas", "'Texas' is no IANA time zone: write America/Chicago, say."),
        ("timezone", "Etc/GMT+6", "'Etc/GMT+6' is no IANA time zone: write America/Chicago, say."),
        ("timezone", "", "'' is no IANA time zone: write America/Chicago, say."),
        ("delivery_fee", -1, "The delivery fee can't be less than nothing."),
        ("delivery_lead_minutes", -5, "The lead time goes from 0 to 2880 minutes."),
        ("delivery_radius_km", 501.0, "The delivery radius goes from 0 to 500 km."),
    ],
)
def test_it_refuses_what_can_not_be_and_names_the_field(field, value, sentence):
    company = network.retailer()

    with pytest.raises(StoreError) as refused:
        save_store(company, "101", **{**AUSTIN, field: value})

    assert (refused.value.field, str(refused.value)) == (field, sentence)
    assert not Store.objects.exists()


@pytest.mark.parametrize("field", ["hours", "delivery_hours"])
@pytest.mark.parametrize("text", ["Mo-Fr 9 to 5", "Mo-Fr 25:00-26:00", "whenever"])
def test_it_refuses_hours_that_nobody_can_read(field, text):
    with pytest.raises(StoreError) as refused:
        save_store(network.retailer(), "101", **{**AUSTIN, field: text})

    assert refused.value.field == field
    assert not Store.objects.exists()


def test_it_refuses_public_holidays_of_a_place_that_nobody_knows():
    with pytest.raises(StoreError, match="public holidays of the region") as refused:
        save_store(network.retailer(), "101", **{**AUSTIN, "state": "Texas?", "hours": "Mo-Sa 09:00-20:00; PH off"})

    assert refused.value.field == "hours"


def test_it_refuses_a_position_that_was_never_filled_in():
    with pytest.raises(StoreError, match="in the sea off Africa"):
        save_store(network.retailer(), "101", **{**AUSTIN, "lat": 0.0, "lng": 0.0})


def test_a_store_that_delivers_needs_a_radius():
    with pytest.raises(StoreError, match="needs a radius"):
        save_store(network.retailer(), "101", **AUSTIN, delivery=True)


def test_a_store_without_a_number_is_refused():
    with pytest.raises(StoreError, match="number is missing"):
        save_store(network.retailer(), " ", **AUSTIN)


def test_a_refused_change_leaves_the_store_as_it_was():
    company = network.retailer()
    save_store(company, "101", **AUSTIN)

    with pytest.raises(StoreError):
        save_store(company, "101", city="Dallas", timezone="Texas")

    assert Store.objects.get().city == "Austin"


def test_a_column_that_a_store_has_not_is_a_programmers_error():
    with pytest.raises(TypeError, match="A store has no colour"):
        save_store(network.retailer(), "101", **AUSTIN, colour="red")


def test_the_database_keeps_stores_on_earth():
    store = save_store(network.retailer(), "101", **AUSTIN)

    with pytest.raises(IntegrityError, match="stores_on_earth"), transaction.atomic():
        Store.objects.filter(pk=store.pk).update(lat=91)
