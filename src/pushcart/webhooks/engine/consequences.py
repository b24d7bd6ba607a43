"""What a batch of results asks for beyond its rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pushcart.webhooks.engine import endpoints
from pushcart.webhooks.engine.health import count_failures

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from asyncpg import Pool

    from pushcart.webhooks.engine.record import Result

GONE = 410

_UNTOLD = "SELECT delivery_id FROM webhooks_givenup ORDER BY delivery_id LIMIT 100"


class Consequences:
    """Counts failures, stops endpoints that are gone, and tells of what was given up.

    Args:
        pool: Connections to the database.
        in_django: Runs a function where Django's connection is.
    """

    def __init__(self, pool: Pool[Any], in_django: Callable[..., Awaitable[Any]]) -> None:
        self._pool = pool
        self._in_django = in_django

    async def of(self, batch: Sequence[Result]) -> bool:
        """Returns whether an endpoint was stopped. What was never sent says nothing of its endpoint."""
        refused = [(each.claimed.endpoint_id, each.parcel, each.answer) for each in batch if not each.delivered]
        failures = [(number, parcel, answer) for number, parcel, answer in refused if parcel and answer]
        if failures:
            counts = Counter(number for number, _, _ in failures)
            words = {number: answer.error for number, _, answer in failures}
            await count_failures(self._pool, {number: (counts[number], words[number]) for number in counts})
        gone = {(number, parcel.target.url) for number, parcel, answer in failures if answer.status == GONE}
        for number, url in gone:
            await self._in_django(endpoints.stop, number, url)
        return bool(gone)

    async def tell_given_up(self) -> None:
        """Tells of what was given up and is not told yet, by whomever: a pusher may die between the two."""
        for row in await self._pool.fetch(_UNTOLD):
            await self._in_django(endpoints.tell_given_up, row["delivery_id"])
