from __future__ import annotations

import pytest

from pushcart.locator.place import Place, PlaceError, find_place, suggest


@pytest.mark.parametrize(
    ("text", "label", "source"),
    [
        ("78701", "Austin, TX", "postcode"),
        ("Austin, TX 78701-1234", "Austin, TX", "postcode"),
        ("  austin ", "Austin, TX", "city"),
        ("Austin, Minnesota", "Austin, MN", "city"),
        ("Paris, Texas, USA", "Paris, TX", "city"),
        ("St. Louis", "St. Louis, MO", "city"),
        ("wimberley, tx", "Wimberley, TX", "city"),
        ("London", "London, GB", "city"),
        ("London, ON", "London, ON", "city"),
        ("london, uk", "London, GB", "city"),
        ("zurich", "Zürich, CH", "city"),
        ("M5V 2T6", "Toronto, ON", "postcode"),
        ("m5v2t6", "Toronto, ON", "postcode"),
        ("H2X", "Montréal, QC", "postcode"),
        ("Toronto, ON M5V 2T6", "Toronto, ON", "postcode"),
        ("SW1A 1AA", "London, GB", "city"),
        ("sw1a1aa", "London, GB", "city"),
        ("M1", "Manchester, GB", "city"),
        ("London SW1A 1AA", "London, GB", "city"),
        ("10115 Berlin", "Berlin, DE", "city"),
        ("10115 Berlin, DE", "Berlin, DE", "city"),
        ("Berlin, 10115", "Berlin, DE", "city"),
        ("Rollingwood, TX 78746", "Austin, TX", "postcode"),
        ("75001 Paris", "Paris, FR", "city"),
        ("Paris 75001, France", "Paris, FR", "city"),
        ("1010 Wien", "Vienna, AT", "city"),
        ("78701 Austin", "Austin, TX", "postcode"),
        ("Austin 78701", "Austin, TX", "postcode"),
        ("München", "Munich, DE", "city"),
        ("munchen", "Munich, DE", "city"),
        ("Cologne", "Köln, DE", "city"),
        ("Roma, IT", "Rome, IT", "city"),
        ("東京", "Tokyo, JP", "city"),
        ("30.27,-97.74", "Austin, TX", "coordinates"),
        ("-40.5 -140", "-40.5000, -140.0000", "coordinates"),
    ],
)
def test_it_finds_what_a_shopper_wrote(text, label, source):
    place = find_place(text)
    assert (place.label, place.source) == (label, source)


def test_a_postcode_is_its_middle_with_its_town():
    assert find_place(postcode="78701") == Place(30.2713, -97.7426, "postcode", "Austin", "TX", "US", "78701")


def test_coordinates_stay_as_they_are_and_get_the_nearest_towns_name():
    assert find_place(lat=52.51, lng=13.4) == Place(52.51, 13.4, "coordinates", "Mitte", "", "DE", "")
    assert find_place("Lyon", lat=30.2713, lng=-97.7426).postcode == "78701"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "Where? Give lat and lng, a US postcode or a city."),
        ({"text": "99999"}, "The postcode '99999' is not known here: give a city, or lat and lng."),
        ({"text": "LD1 5AA"}, "The postcode 'LD1 5AA' is not known here: give a city, or lat and lng."),
        ({"text": "10115 Ruritania"}, "The city 'Ruritania' is not known here: give a US postcode, or lat and lng."),
        (
            {"postcode": "10115", "country": "DE"},
            "The postcode '10115' is not known here: give a city, or lat and lng.",
        ),
        ({"text": "Nowhere, TX"}, "The city 'Nowhere, TX' is not known here: give a US postcode, or lat and lng."),
        (
            {"text": "Austin, Ruritania"},
            "The city 'Austin, ruritania' is not known here: give a US postcode, or lat and lng.",
        ),
        ({"lat": 30.0}, "lat and lng come together."),
        ({"lat": 91.0, "lng": 0.0}, "91, 0 lies nowhere on earth: lat is from -90 to 90, lng from -180 to 180."),
        (
            {"lat": float("nan"), "lng": 0.0},
            "nan, 0 lies nowhere on earth: lat is from -90 to 90, lng from -180 to 180.",
        ),
    ],
)
def test_it_says_why_it_knows_no_such_place(asked, said):
    with pytest.raises(PlaceError) as refused:
        find_place(**asked)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("aus", ["Austin, TX"]),
        ("san fr", ["San Francisco, CA"]),
        ("paris, t", ["Paris, TX", "Paris, TN"]),
        ("london, ca", ["London, ON"]),
        ("munchen", ["Munich, DE"]),
        ("", []),
        ("qqqq", []),
    ],
)
def test_it_suggests_the_largest_first(typed, first):
    found = [place.label for place in suggest(typed)]
    assert found[: len(first)] == first
    assert len(found) <= 8
    assert found or not first


def test_it_suggests_postcodes_by_their_digits():
    assert [place.postcode for place in suggest("7870", limit=3)] == ["78701", "78702", "78703"]
