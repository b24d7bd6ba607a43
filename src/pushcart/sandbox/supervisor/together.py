from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


async def together(*deeds: Coroutine[Any, Any, None]) -> None:
    """Does all at once. The first failure calls the others off, and is raised when they have let go."""
    tasks = [asyncio.create_task(deed) for deed in deeds]
    try:
        for task in asyncio.as_completed(tasks):
            await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
