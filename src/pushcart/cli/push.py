from __future__ import annotations

import asyncio
import gc
import signal
from typing import Annotated

import typer


def push(
    *,
    metrics_port: Annotated[int | None, typer.Option(help="Show Prometheus metrics on this port of 127.0.0.1.")] = None,
) -> None:
    """Pushes orders and their changes to the endpoints of companies, until it is stopped.

    Any number may run, on one machine or on several: they share the work, and any of them may die.
    """
    if metrics_port is not None:
        from prometheus_client import start_http_server

        start_http_server(metrics_port, addr="127.0.0.1")
    asyncio.run(_push_until_stopped())


async def _push_until_stopped() -> None:
    from pushcart.webhooks.engine.pusher import Pusher

    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with Pusher.open() as pusher:
        _spare_the_collector()
        await pusher.run(stop)


def _spare_the_collector() -> None:
    """What is loaded stays, and is not looked through again and again; a delivery leaves nothing that needs it.

    A collection of all that Django and its models are took a tenth of a pusher's time, and made some orders late.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
