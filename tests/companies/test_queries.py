from __future__ import annotations

import pytest

from pushcart.companies.queries import brand_of_site, brands_showing
from tests import network

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("written", ["www.oak.example", "WWW.Oak.Example", "www.oak.example:443", "www.oak.example."])
def test_it_finds_the_brand_of_a_site(written):
    brand = network.brand(slug="oak")

    assert brand_of_site(written) == brand


@pytest.mark.parametrize("written", ["oak.example", "www.oak.example.evil.example", ""])
def test_another_domain_is_nobodys(written):
    network.brand(slug="oak")

    assert brand_of_site(written) is None


def test_it_lists_the_brands_that_show_a_retailer():
    retailer, shown, hidden = network.retailer(), network.brand(), network.brand()
    network.brand()
    network.dealer(shown, retailer)
    network.dealer(hidden, retailer, authorized=False)

    assert list(brands_showing(retailer)) == [shown]
