"""The whole network for journeys, brought up once a session by the supervisor that bin/dev uses.

    def test_it_goes_all_the_way(demo_network, page):
        page.goto(demo_network.url)

It has ports, a folder, a database and a clock of its own. All journeys of a session share it: a journey begins by
moving the clock to where it wants it, and sends a fresh feed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest

from pushcart.sandbox.supervisor import Network, Ports, running

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 60
_CHAIN = 12


@pytest.fixture(scope="session")
def demo_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Up, and with the chain's stores on PushCart: their endpoint has answered its check."""
    network = Network(tmp_path_factory.mktemp("network"), ports=Ports.free(), durable=False)
    with running(network):
        _wait_until_on_pushcart(network.url)
        yield network


def _wait_until_on_pushcart(url: str) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        stores = httpx.get(f"{url}/sandbox/news.json", timeout=30, trust_env=False).json()["stores"]
        if sum(store["way"] == "pushcart" for store in stores) == _CHAIN:
            return
        assert time.monotonic() < until, stores
        time.sleep(0.2)
