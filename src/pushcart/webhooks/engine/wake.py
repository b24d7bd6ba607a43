"""Hearing of news: PostgreSQL tells whoever listens, as soon as the transaction that records an event commits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog

from pushcart.events.record import CHANNEL
from pushcart.webhooks.engine.database import LOST, connect

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger("webhooks")

_AGAIN_AFTER = 0.5  # seconds


async def listen(on_news: Callable[[], None]) -> None:
    """Calls `on_news` for every notice, and once after each time that the line was down. Until cancelled."""
    while True:
        try:
            connection = await connect("listen")
        except LOST as lost:
            log.warning("webhooks.not_listening", error=str(lost))
            await asyncio.sleep(_AGAIN_AFTER)
            continue
        try:
            await _listen_on(connection, on_news)
        except LOST as lost:
            log.warning("webhooks.not_listening", error=str(lost))
        finally:
            await _hang_up(connection)


async def _listen_on(connection: Any, on_news: Callable[[], None]) -> None:
    """Until the connection is lost."""
    down = asyncio.Event()
    connection.add_termination_listener(lambda _: down.set())
    await connection.add_listener(CHANNEL, lambda *_: on_news())
    on_news()
    await down.wait()


async def _hang_up(connection: Any) -> None:
    if not connection.is_closed():
        await connection.close(timeout=1)
