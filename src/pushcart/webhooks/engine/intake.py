"""What a pusher takes: first what waits, then what is new, as far as there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.webhooks.engine.claim import claim
from pushcart.webhooks.engine.fan_out import fan_out

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from asyncpg import Pool

    from pushcart.webhooks.engine.bounds import Bounds
    from pushcart.webhooks.engine.claimed import Claimed
    from pushcart.webhooks.engine.hands import Hands
    from pushcart.webhooks.engine.lot import Places
    from pushcart.webhooks.engine.targets import Targets


class Intake:
    """Fills a pusher's hands; one step at a time, as each changes what the next may take.

    Args:
        pool: Connections to the database.
        hands: They know where there is room.
        targets: The pusher's; each target is known before something of it is in hand.
        bounds: The pusher's.
        pusher: Whose they are.
        lease: How long they may keep what they take without a sign of life.
    """

    def __init__(
        self, pool: Pool[Any], hands: Hands, *, targets: Targets, bounds: Bounds, pusher: int, lease: timedelta
    ) -> None:
        self._pool = pool
        self._hands = hands
        self._targets = targets
        self._bounds = bounds
        self._pusher = pusher
        self._lease = lease
        self._news = True
        # Endpoints whose news was left in the stream for want of room.
        self._unread: set[int] = set()

    def hear_of_news(self) -> None:
        """Something may be new."""
        self._news = True

    async def take(self) -> list[Claimed] | None:
        """Takes some of what waits or is new. None: there is nothing, or no room; what is new may be none of ours."""
        if places := self._hands.places():
            claimed = await self._claim(places)
            await self._learn(claimed)
            self._hands.take(claimed, places)
            if claimed:
                return claimed
        if self._news or self._hands.room_for(self._unread):
            return await self._take_news()
        return None

    async def _claim(self, places: dict[int, Places]) -> list[Claimed]:
        """Claims; `places` are then those that there really were."""
        bounded = {each: places.pop(each) for each in places.keys() & self._bounds.endpoints}
        claimed = await claim(self._pool, self._pusher, places, lease=self._lease) if places else []
        if bounded:
            granted, taken = await self._bounds.claim(bounded)
            places.update(granted)
            claimed += taken
        return claimed

    async def _learn(self, claimed: Iterable[Claimed]) -> None:
        await self._targets.renew({delivery.endpoint_id: delivery.version for delivery in claimed})

    async def _take_news(self) -> list[Claimed] | None:
        self._news = False
        openings = self._hands.openings()
        news = await fan_out(self._pool, openings, pusher=self._pusher, lease=self._lease)
        self._unread = news.unread
        self._hands.call_for(news.waiting)
        await self._learn(news.ours)
        self._hands.take(news.ours)
        if not news:
            return None
        self._news = True  # there may be more
        return news.ours
