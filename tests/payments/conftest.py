from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from pushcart.payments.actions.prepare import prepare
from tests import network
from tests.doubles import clock_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.companies.models import Company
    from pushcart.payments.models import Hold
    from tests.doubles import StripeDouble

__all__ = ["clock_file"]

AMOUNT = 11_010
_lines = itertools.count(1)


@pytest.fixture
def retailer(transactional_db: None, stripe_double: StripeDouble) -> Company:
    """Connected, and able to charge."""
    company = network.retailer()
    stripe_double.connect(company)
    return company


@pytest.fixture
def prepared(retailer: Company, stripe_double: StripeDouble) -> Callable[..., Hold]:
    """Makes holds that nobody has asked for yet: `prepared(card="pm_card_visa", amount=11_010)`."""

    def make(card: str = "pm_card_visa", amount: int = AMOUNT, token: str | None = None) -> Hold:
        return prepare(
            retailer,
            next(_lines),
            amount,
            retailer.currency,
            card_token=stripe_double.card_token(card) if token is None else token,
            test=False,
            description="Order O3V36 at Hammer & Hearth",
        )

    return make
