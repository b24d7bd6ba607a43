from __future__ import annotations

import pytest

from pushcart.locator.postcodes import middle_of


@pytest.mark.parametrize("postcode", ["78701", "78701-1234", "787011234", " 78701 "])
def test_it_knows_the_middle_of_a_postcode(postcode: str):
    assert middle_of(postcode, "US") == (30.2713, -97.7426)


@pytest.mark.parametrize("postcode", ["", "00000", "7870", "787O1", "\uff17\uff18701", "7870é", "78701-12", "09007"])
def test_it_knows_no_others(postcode: str):
    assert middle_of(postcode, "US") is None


def test_it_knows_those_of_the_us_alone():
    assert middle_of("78701", "DE") is None
