from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from pushcart.companies.endpoint_secrets import seal_secret
from pushcart.webhooks.engine.pusher import Pusher
from tests import network
from tests.webhooks.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from pushcart.companies.models import Endpoint
    from pushcart.stores.models import Store

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS10ZXN0cy0wMTIzNDU2Nzg5YWI="


@pytest.fixture
def sink() -> Iterator[Sink]:
    it = Sink()
    yield it
    it.close()


@pytest.fixture
def still(clock: ModuleType) -> None:
    """Time stands still, however long the test takes; it goes on when the test moves the clock."""
    clock.freeze(clock.now())


@pytest.fixture
def push(transactional_db: None) -> Callable[[], int]:
    """Has a pusher do all that is due at this moment; returns how many deliveries it sent."""

    async def turn() -> int:
        async with Pusher.open() as pusher:
            return await pusher.turn()

    return lambda: asyncio.run(turn())


@pytest.fixture
def store(transactional_db: None, sink: Sink) -> Store:
    """A whole store whose retailer takes live orders at the sink, and has no other endpoint."""
    company = network.retailer(billing_payment_method="pm_card_visa")
    network.stripe_account(company)
    network.endpoint(company, url=sink.url, sealed_secrets=[seal_secret(SECRET)])
    return network.whole_store(company)


@pytest.fixture
def endpoint(store: Store) -> Endpoint:
    return store.company.endpoints.get()
