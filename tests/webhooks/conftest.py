from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from pushcart.webhooks.engine.pusher import Pusher
from tests.webhooks.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def sink() -> Iterator[Sink]:
    it = Sink()
    yield it
    it.close()


@pytest.fixture
def push(transactional_db: None) -> Callable[[], int]:
    """Has a pusher do all that is due at this moment; returns how many deliveries it sent."""

    async def turn() -> int:
        async with Pusher.open() as pusher:
            return await pusher.turn()

    return lambda: asyncio.run(turn())
