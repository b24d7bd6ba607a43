"""What a pusher has in its hands, endpoint by endpoint."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushcart.webhooks.engine.claim import Claimed
    from pushcart.webhooks.engine.pace import Pace

_LOOK_EVERY = 0.02  # seconds


@dataclass(slots=True)
class _Lot:
    """One endpoint's."""

    waiting: deque[Claimed] = field(default_factory=deque)
    sending: int = 0
    in_hand: int = 0


class Hands:
    """Counts what was claimed until it is recorded, and says what may be claimed and sent next."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._lots: dict[int, _Lot] = {}
        self.deliveries: set[int] = set()
        # Endpoints that may have more than what was claimed.
        self.hungry: set[int] = set()

    def places(self) -> dict[int, int]:
        """For each hungry endpoint how many to claim: none while more than half of its own are still to be done."""
        free = self._pace.in_hand - len(self.deliveries)
        places: dict[int, int] = {}
        for endpoint_id in self.hungry:
            lot = self._lots.get(endpoint_id)
            room = self._pace.in_hand_per_endpoint - (lot.in_hand if lot else 0)
            if 2 * room >= self._pace.in_hand_per_endpoint and free > 0:
                places[endpoint_id] = min(room, free)
                free -= places[endpoint_id]
        return places

    def take(self, places: dict[int, int], claimed: Iterable[Claimed]) -> None:
        """Takes what was claimed; an endpoint that filled its places may have more."""
        counts = dict.fromkeys(places, 0)
        for delivery in claimed:
            lot = self._lots.setdefault(delivery.endpoint_id, _Lot())
            lot.waiting.append(delivery)
            lot.in_hand += 1
            counts[delivery.endpoint_id] += 1
            self.deliveries.add(delivery.id)
        self.hungry -= {endpoint_id for endpoint_id, count in counts.items() if count < places[endpoint_id]}

    def next_for(self, endpoint_id: int) -> Claimed | None:
        """The next to send to an endpoint, where it has a request free; it counts as on its way from now on."""
        lot = self._lots.get(endpoint_id)
        if lot is None or not lot.waiting or lot.sending >= self._pace.requests_per_endpoint:
            return None
        lot.sending += 1
        return lot.waiting.popleft()

    def answered(self, endpoint_id: int) -> None:
        self._lots[endpoint_id].sending -= 1

    def endpoints(self) -> list[int]:
        """Endpoints of which something is in hand."""
        return list(self._lots)

    def drop(self, endpoints: Iterable[int]) -> list[int]:
        """Lets go of what is not on its way to these endpoints; returns the deliveries."""
        dropped: list[Claimed] = []
        for endpoint_id in endpoints:
            if lot := self._lots.get(endpoint_id):
                dropped.extend(lot.waiting)
                lot.waiting.clear()
        self.recorded(dropped)
        return [delivery.id for delivery in dropped]

    async def all_answered(self) -> None:
        """Waits for what is on the way; what is not, stays where it is."""
        for lot in self._lots.values():
            lot.waiting.clear()
        while any(lot.sending for lot in self._lots.values()):  # noqa: ASYNC110 said once, at the end
            await asyncio.sleep(_LOOK_EVERY)

    def recorded(self, deliveries: Iterable[Claimed]) -> None:
        """They are out of hand."""
        for delivery in deliveries:
            self.deliveries.discard(delivery.id)
            lot = self._lots[delivery.endpoint_id]
            lot.in_hand -= 1
            if lot.in_hand == 0:
                del self._lots[delivery.endpoint_id]
