"""The signed check: how an endpoint comes into use, and back after it failed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog

from pushcart.webhooks.engine import endpoints
from pushcart.webhooks.engine.consequences import GONE
from pushcart.webhooks.engine.health import due_checks, note_check, send_held
from pushcart.webhooks.engine.record import record_check
from pushcart.webhooks.engine.send import LOST_AFTER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncpg import Pool

    from pushcart.webhooks.engine.health import Check
    from pushcart.webhooks.engine.prepare import Parcel
    from pushcart.webhooks.engine.send import Answer, Sender
    from pushcart.webhooks.engine.targets import Targets

log = structlog.get_logger("webhooks")


class Checks:
    """Sends the checks that are due and does what their answers ask for.

    Args:
        pool: Connections to the database.
        sender: The pusher's.
        targets: The pusher's.
        in_django: Runs a function where Django's connection is.
    """

    def __init__(
        self, pool: Pool[Any], sender: Sender, targets: Targets, in_django: Callable[..., Awaitable[Any]]
    ) -> None:
        self._pool = pool
        self._sender = sender
        self._targets = targets
        self._in_django = in_django
        self._under_way: set[asyncio.Task[None]] = set()

    async def start_due(self) -> int:
        """Starts what is due and does not wait: one endpoint's silence is no other's."""
        checks = await due_checks(self._pool)
        await self._targets.renew({check.endpoint_id: check.version for check in checks})
        for check in checks:
            task = asyncio.create_task(self._check(check))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return len(checks)

    async def finish(self) -> None:
        """Waits for those under way."""
        await asyncio.gather(*self._under_way)

    async def _check(self, check: Check) -> None:
        """What goes wrong here is this endpoint's alone; its check is due again when its lease has lapsed."""
        try:
            await self._conclude(check, *await self._ask(check))
        except Exception:
            log.exception("webhooks.check_failed", endpoint=check.endpoint_id)

    async def _ask(self, check: Check) -> tuple[Parcel, Answer]:
        answered: asyncio.Future[tuple[Parcel, Answer]] = asyncio.get_running_loop().create_future()
        parcel = check.parcel(self._targets.of(check.endpoint_id))
        self._sender.send(parcel, lambda *both: answered.set_result(both))
        async with asyncio.timeout(LOST_AFTER):
            return await answered

    async def _conclude(self, check: Check, parcel: Parcel, answer: Answer) -> None:
        await record_check(self._pool, parcel, answer)
        await note_check(self._pool, check, answer.error)
        if not answer.error:
            await self._welcome(check)
        elif answer.status == GONE:
            await self._in_django(endpoints.stop, check.endpoint_id, check.url)
        elif check.state == "working":
            await self._in_django(endpoints.set_failing, check.endpoint_id, check.url, answer.error)

    async def _welcome(self, check: Check) -> None:
        """A working endpoint that answers refuses some pushes only; these go on by their own schedule."""
        if check.state == "working":
            return
        await send_held(self._pool, check.endpoint_id)
        await self._in_django(endpoints.set_working, check.endpoint_id, check.url)
