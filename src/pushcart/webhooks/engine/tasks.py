"""Waiting for tasks and ending them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


async def until(awaited: asyncio.Event | Coroutine[Any, Any, None], *tasks: asyncio.Task[None]) -> None:
    """Waits until it is so; a task that ends meanwhile has failed, and its exception is raised."""
    waiting = asyncio.ensure_future(awaited.wait() if isinstance(awaited, asyncio.Event) else awaited)
    done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in done - {waiting}:
        waiting.cancel()
        task.result()


async def cancel(*tasks: asyncio.Task[None]) -> None:
    """Ends tasks and waits for their end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
