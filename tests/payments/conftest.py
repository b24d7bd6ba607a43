from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pushcart.kit import clock as kit_clock
from pushcart.payments.actions.capture import capture
from pushcart.payments.actions.place import place
from pushcart.payments.actions.prepare import prepare
from pushcart.payments.claim import ANSWER_WITHIN
from tests import network
from tests.doubles import clock_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

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
    """Makes holds that nobody has asked for yet."""

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


@pytest.fixture
def held(prepared: Callable[..., Hold]) -> Callable[..., Hold]:
    def make(**wanted: object) -> Hold:
        hold = place(prepared(**wanted))
        assert hold.state == "held"
        return hold

    return make


@pytest.fixture
def captured(held: Callable[..., Hold]) -> Callable[..., Hold]:
    def make(**wanted: object) -> Hold:
        hold = capture(held(**wanted))
        assert hold.state == "captured"
        return hold

    return make


@pytest.fixture
def later(clock: ModuleType) -> Callable[[], None]:
    """A call without an answer may be asked again."""

    def move() -> None:
        kit_clock.move(ANSWER_WITHIN + timedelta(seconds=1))

    return move


@pytest.fixture
def impatient(settings: Any) -> None:
    """A time-out need not be waited for."""
    settings.STRIPE_READ_SECONDS = 0.4
