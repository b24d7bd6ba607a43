"""A pusher that kills itself: `python -m tests.webhooks.crashing POINT TIMES LEASE`.

Runs a real pusher and sends itself SIGKILL the TIMES-th time that it comes to POINT (`never`: it lives until SIGTERM).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from collections.abc import Callable

django.setup()

from pushcart.kit import clock  # noqa: E402 after the set-up of Django
from pushcart.webhooks.engine import intake, pusher, send  # noqa: E402 after the set-up of Django
from pushcart.webhooks.engine.pace import Pace  # noqa: E402
from pushcart.webhooks.engine.pusher import Pusher  # noqa: E402

# Where it may die: the object that holds the function, its name, and whether before or after it is called.
POINTS: dict[str, tuple[Any, str, str]] = {
    "before_fan_out": (intake, "fan_out", "before"),
    "after_fan_out": (intake, "fan_out", "after"),
    "after_claim": (intake, "claim", "after"),
    "connecting": (send._Call, "_open", "before"),
    "sending": (Pusher, "_send", "after"),
    "answer_read": (Pusher, "_result", "before"),
    "before_record": (pusher, "record", "before"),
    "after_record": (pusher, "record", "after"),
}


def _die_at(point: str, times: int) -> None:
    holder, name, moment = POINTS[point]
    original: Callable[..., Any] = getattr(holder, name)
    left = [times]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def plain(*args: Any, **kwargs: Any) -> Any:
        if moment == "before":
            count()
        result = original(*args, **kwargs)
        if moment == "after":
            count()
        return result

    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        if moment == "before":
            count()
        result = await original(*args, **kwargs)
        if moment == "after" and result:
            count()
        return result

    setattr(holder, name, coroutine if asyncio.iscoroutinefunction(original) else plain)


async def _run(lease: float) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    pace = Pace(lease=timedelta(seconds=lease), heartbeat=lease / 4, poll=0.05)
    async with Pusher.open(pace) as it:
        await it.run(stop)


if __name__ == "__main__":
    if "PUSHCART_CLOCK" in os.environ:
        clock.use_file(Path(os.environ["PUSHCART_CLOCK"]))
    if sys.argv[1] != "never":
        _die_at(sys.argv[1], int(sys.argv[2]))
    asyncio.run(_run(float(sys.argv[3])))
