from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pushcart.stores.actions.set_tax_rate import set_tax_rate
from pushcart.stores.errors import StoreError
from pushcart.stores.models import TaxRate
from pushcart.stores.queries import tax_rate
from tests import network

pytestmark = pytest.mark.django_db

JANUARY, JULY = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


def test_the_rate_in_force_is_the_last_that_has_begun():
    store, other = network.store(), network.store()
    set_tax_rate(store, Decimal("0.08250"), valid_from=JANUARY)
    set_tax_rate(store, Decimal("0.08500"), valid_from=JULY)
    set_tax_rate(other, Decimal("0.01"), valid_from=JANUARY)

    assert tax_rate(store, datetime(2025, 12, 31, tzinfo=UTC)) is None
    assert tax_rate(store, JANUARY) == Decimal("0.08250")
    assert tax_rate(store, datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)) == Decimal("0.08250")
    assert tax_rate(store, JULY) == Decimal("0.08500")


def test_a_rate_of_nothing_is_a_rate():
    store = network.store()
    set_tax_rate(store, Decimal(0), valid_from=JANUARY)

    assert tax_rate(store, JULY) == Decimal(0)


def test_it_begins_now_unless_it_is_told_when(clock):
    clock.freeze(JULY)

    assert set_tax_rate(network.store(), Decimal("0.0725")).valid_from == JULY


def test_told_again_it_corrects_the_rate():
    store = network.store()
    set_tax_rate(store, Decimal("0.07"), valid_from=JANUARY)
    set_tax_rate(store, Decimal("0.08"), valid_from=JANUARY)

    assert TaxRate.objects.get().rate == Decimal("0.08000")


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        ("-0.01", "-0.01 is no tax rate."),
        ("NaN", "NaN is no tax rate."),
        ("Infinity", "Infinity is no tax rate."),
        ("8.25", "8.25 as a tax rate is 825.00 %: for 7.25 % write 0.0725."),
        ("0.31", "0.31 as a tax rate is 31.00 %: for 7.25 % write 0.0725."),
        ("0.082501", "0.082501 is finer than a thousandth of a percent."),
    ],
)
def test_it_refuses_what_is_no_rate(rate, sentence):
    with pytest.raises(StoreError) as refused:
        set_tax_rate(network.store(), Decimal(rate))

    assert (refused.value.field, str(refused.value)) == ("rate", sentence)
    assert not TaxRate.objects.exists()
