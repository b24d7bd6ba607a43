"""What a pusher has in its hands, endpoint by endpoint."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pushcart.webhooks.engine.standing import Circuit, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pushcart.webhooks.engine.claim import Claimed
    from pushcart.webhooks.engine.pace import Pace

_LOOK_EVERY = 0.02  # seconds
# Standings kept of endpoints that have nothing in hand.
_REMEMBERED = 10_000


@dataclass(slots=True)
class _Lot:
    """One endpoint's."""

    waiting: deque[Claimed] = field(default_factory=deque)
    sending: int = 0
    in_hand: int = 0


class Hands:
    """Counts what was claimed until it is recorded, and says what may be claimed and sent next.

    Args:
        pace: The bounds.
        now: The loop's clock, in seconds.
    """

    def __init__(self, pace: Pace, now: Callable[[], float]) -> None:
        self._pace = pace
        self._now = now
        self._lots: dict[int, _Lot] = {}
        self._standings: defaultdict[int, Standing] = defaultdict(Standing)
        self.deliveries: set[int] = set()
        # Endpoints that may have more than what was claimed.
        self.hungry: set[int] = set()

    def places(self) -> dict[int, int]:
        """For each hungry endpoint how many to claim: none while more than half of its own are still to be done.

        Slow endpoints share one half of what may be in hand, so that the others are never without.
        """
        free = self._pace.in_hand - len(self.deliveries)
        free_for_slow = self._pace.in_hand // 2 - sum(
            lot.in_hand for endpoint_id, lot in self._lots.items() if self._standings[endpoint_id].slow
        )
        places: dict[int, int] = {}
        for endpoint_id in self.hungry:
            slow = self._standings[endpoint_id].slow
            most = min(free, free_for_slow) if slow else free
            if (room := min(self._room(endpoint_id), most)) > 0:
                places[endpoint_id] = room
                free -= room
                free_for_slow -= room if slow else 0
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
        if lot is None or not lot.waiting or lot.sending >= self._requests(endpoint_id):
            return None
        lot.sending += 1
        return lot.waiting.popleft()

    def answered(self, endpoint_id: int, *, failed: bool, took: float) -> None:
        """A request came to its end after `took` seconds."""
        self._lots[endpoint_id].sending -= 1
        self._standings[endpoint_id].answered(failed=failed, took=took, now=self._now())

    def not_sent(self, endpoint_id: int) -> None:
        """It turned out that there was nothing to send."""
        self._lots[endpoint_id].sending -= 1

    def endpoints(self) -> list[int]:
        """Endpoints of which something is in hand."""
        return list(self._lots)

    def on_the_way(self) -> int:
        return sum(lot.sending for lot in self._lots.values())

    def open_circuits(self) -> int:
        """How many endpoints are left alone for a while."""
        now = self._now()
        return sum(standing.circuit(now) is not Circuit.CLOSED for standing in self._standings.values())

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
        while self.on_the_way():  # noqa: ASYNC110 said once, at the end
            await asyncio.sleep(_LOOK_EVERY)

    def recorded(self, deliveries: Iterable[Claimed]) -> None:
        """They are out of hand."""
        for delivery in deliveries:
            self.deliveries.discard(delivery.id)
            lot = self._lots[delivery.endpoint_id]
            lot.in_hand -= 1
            if lot.in_hand == 0:
                del self._lots[delivery.endpoint_id]
        if len(self._standings) > _REMEMBERED:
            for endpoint_id in self._standings.keys() - self._lots.keys():
                del self._standings[endpoint_id]

    def _room(self, endpoint_id: int) -> int:
        standing, lot = self._standings[endpoint_id], self._lots.get(endpoint_id)
        in_hand = lot.in_hand if lot else 0
        circuit = standing.circuit(self._now())
        if circuit is not Circuit.CLOSED:
            return int(circuit is Circuit.HALF_OPEN and in_hand == 0)
        share = self._pace.in_hand // max(1, len(self._lots.keys() | self.hungry))
        least = self._pace.least_in_hand_per_endpoint
        most = max(least, min(self._pace.in_hand_per_endpoint, share))
        window = standing.window(self._pace.requests_per_endpoint, least=least, most=most)
        room = window - in_hand
        return room if 2 * room >= window else 0

    def _requests(self, endpoint_id: int) -> int:
        circuit = self._standings[endpoint_id].circuit(self._now())
        if circuit is Circuit.OPEN:
            return 0
        return 1 if circuit is Circuit.HALF_OPEN else self._pace.requests_per_endpoint
