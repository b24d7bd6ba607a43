from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushcart.sandbox.supervisor.network import Network


@contextmanager
def running(network: Network) -> Iterator[Network]:
    """The network for a program that is not asynchronous itself: it lives in a thread for the time of the block.

    Raises:
        SupervisorError: It can't start, or, on leaving the block, a part of it could not be kept running.
    """
    up, leave = threading.Event(), asyncio.Event()
    failure: list[BaseException] = []
    loops: list[asyncio.AbstractEventLoop] = []

    def live() -> None:
        try:
            asyncio.run(_live(network, up, leave, loops))
        except BaseException as error:  # noqa: BLE001 handed over to the thread that waits
            failure.append(error)
        finally:
            up.set()

    thread = threading.Thread(target=live, name="network")
    thread.start()
    up.wait()
    try:
        if not failure:
            yield network
    finally:
        if thread.is_alive():
            loops[0].call_soon_threadsafe(leave.set)
        thread.join()
    if failure:
        raise failure[0]


async def _live(
    network: Network, up: threading.Event, leave: asyncio.Event, loops: list[asyncio.AbstractEventLoop]
) -> None:
    async with network:
        loops.append(asyncio.get_running_loop())
        up.set()
        left = asyncio.create_task(leave.wait())
        kept = asyncio.create_task(network.run())
        await asyncio.wait({left, kept}, return_when=asyncio.FIRST_COMPLETED)
        left.cancel()
        if kept.done():
            await kept
        kept.cancel()
