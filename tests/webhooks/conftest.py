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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The crash matrix as it was measured: what was lost, out of order, twice, and when all was delivered again."""
    rows = [
        (report.nodeid.rpartition("::")[2], counts)
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        for name, counts in report.user_properties
        if name == "crash" and report.when == "call"
    ]
    if not rows:
        return
    terminalreporter.section("crash matrix")
    terminalreporter.line(f"{'lost':>5} {'out of order':>13} {'twice':>6} {'at most':>8} {'all again after':>16}")
    for case, counts in sorted(rows):
        terminalreporter.line(
            f"{counts['lost']:>5} {counts['out_of_order']:>13} {counts['twice']:>6} {counts['at_most']:>8}"
            f" {counts['recovered']:>14.1f} s  {case}"
        )
