from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushcart.kit import clock as kit_clock
from tests.stripe_double import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from tests.stripe_double import CardNetwork


@pytest.fixture(scope="session")
def _clock_of_the_double(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("double") / "clock"


@pytest.fixture(scope="session")
def _double(tmp_path_factory: pytest.TempPathFactory, _clock_of_the_double: Path) -> Iterator[CardNetwork]:
    with running(tmp_path_factory.mktemp("double"), _clock_of_the_double) as network:
        yield network


@pytest.fixture
def clock_file(_clock_of_the_double: Path) -> Path:
    """The file that the double reads too: a test that moves the clock moves both. Each test starts it anew."""
    kit_clock.use_file(_clock_of_the_double)
    kit_clock.reset()
    kit_clock.use_settings()
    return _clock_of_the_double


@pytest.fixture
def card_network(_double: CardNetwork, clock_file: Path, settings: SettingsWrapper) -> CardNetwork:
    """The payment double, empty, where this test's calls to Stripe go. Use it with `transactional_db`."""
    settings.STRIPE_API_BASE = _double.address
    _double.mend()
    _double.reset()
    return _double
