"""Business time that was set back: what had its next try by the clock of before would wait for that clock's time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pushcart.kit import clock
from pushcart.webhooks.engine.claim import nothing_waits_for_another_clock

if TYPE_CHECKING:
    from datetime import datetime

    from asyncpg import Pool

_SET_BACK = timedelta(seconds=1)


class ClockWatch:
    """Looks at business time for one pusher."""

    def __init__(self, pool: Pool[Any]) -> None:
        self._pool = pool
        self._seen: datetime | None = None

    async def look(self) -> None:
        """At the first look makes due what shows that another clock planned it, and all that waits when it is seen."""
        now = clock.now()
        if self._seen is None or now < self._seen - _SET_BACK:
            await nothing_waits_for_another_clock(self._pool, seen=self._seen is not None)
            self._seen = now
        self._seen = max(self._seen, now)
