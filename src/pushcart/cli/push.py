from __future__ import annotations

import asyncio
import signal


def push() -> None:
    """Pushes orders and their changes to the endpoints of companies, until it is stopped.

    Any number may run, on one machine or on several: they share the work, and any of them may die.
    """
    asyncio.run(_push_until_stopped())


async def _push_until_stopped() -> None:
    from pushcart.webhooks.engine.pusher import Pusher

    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with Pusher.open() as pusher:
        await pusher.run(stop)
