"""What a pusher has in its hands, endpoint by endpoint."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pushcart.webhooks.engine.fan_out import ENDPOINTS, UNREAD, Openings
from pushcart.webhooks.engine.standing import Circuit, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

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
        # Endpoints that are slow, or left alone for a while.
        self._troubled: set[int] = set()
        self.deliveries: set[int] = set()
        # Endpoints that may have more than what was claimed.
        self.hungry: set[int] = set()

    def places(self) -> dict[int, int]:
        """For each hungry endpoint how many to claim: none while more than half of its own are still to be done."""
        return {endpoint_id: room for endpoint_id, room in self._share_out(self.hungry) if room > 0}

    def openings(self) -> Openings:
        """What there is room for of the news.

        Where more waits than was claimed, that comes first. What can't be sent soon is put down, for whoever comes to
        it; what only this pusher is too busy for stays in the stream.
        """
        known = dict(self._share_out(self._lots.keys() | self._troubled))
        for endpoint_id in known.keys() | self.hungry:
            if known.get(endpoint_id, 0) == 0 or endpoint_id in self.hungry:
                known[endpoint_id] = 0 if endpoint_id in self._troubled else UNREAD
        free = self._free() - sum(room for room in known.values() if room > 0)
        return Openings(known, max(1, free // ENDPOINTS) if free > 0 else UNREAD)

    def room_for(self, endpoints: Iterable[int]) -> bool:
        """Whether there is room for news of one of these."""
        return any(room > 0 for endpoint_id, room in self._share_out(endpoints) if endpoint_id not in self.hungry)

    def take(self, claimed: Iterable[Claimed], places: Mapping[int, int] | None = None) -> None:
        """Takes what is this pusher's now; an endpoint that filled its places may have more."""
        counts = dict.fromkeys(places or (), 0)
        for delivery in claimed:
            lot = self._lots.setdefault(delivery.endpoint_id, _Lot())
            lot.waiting.append(delivery)
            lot.in_hand += 1
            if places:
                counts[delivery.endpoint_id] += 1
            self.deliveries.add(delivery.id)
        if places:
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
        standing = self._standings[endpoint_id]
        standing.answered(failed=failed, took=took, now=self._now())
        if standing.slow or standing.troubled:
            self._troubled.add(endpoint_id)
        else:
            self._troubled.discard(endpoint_id)

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
                self._troubled.discard(endpoint_id)

    def _free(self) -> int:
        return self._pace.in_hand - len(self.deliveries)

    def _share_out(self, endpoints: Iterable[int]) -> Iterator[tuple[int, int]]:
        """How many each of them may have now.

        Slow endpoints share one half of what may be in hand, so that the others are never without.
        """
        free = self._free()
        free_for_slow = self._pace.in_hand // 2 - sum(
            lot.in_hand for endpoint_id, lot in self._lots.items() if self._standings[endpoint_id].slow
        )
        share = self._pace.in_hand // max(1, len(self._lots.keys() | self.hungry))
        for endpoint_id in endpoints:
            slow = self._standings[endpoint_id].slow
            room = max(0, min(self._room(endpoint_id, share), free, free_for_slow if slow else free))
            free -= room
            free_for_slow -= room if slow else 0
            yield endpoint_id, room

    def _room(self, endpoint_id: int, share: int) -> int:
        standing, lot = self._standings[endpoint_id], self._lots.get(endpoint_id)
        in_hand = lot.in_hand if lot else 0
        circuit = standing.circuit(self._now())
        if circuit is not Circuit.CLOSED:
            return int(circuit is Circuit.HALF_OPEN and in_hand == 0)
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
