"""What a pusher has in its hands, endpoint by endpoint."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from pushcart.webhooks.engine.fan_out import ENDPOINTS, UNREAD, Openings
from pushcart.webhooks.engine.lot import Lot, Places
from pushcart.webhooks.engine.standing import Circuit, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pushcart.webhooks.engine.claimed import Claimed
    from pushcart.webhooks.engine.pace import Pace

_LOOK_EVERY = 0.02  # seconds
# Standings kept of endpoints that have nothing in hand.
_REMEMBERED = 10_000


class Hands:
    """Counts what was claimed until it is recorded, and says what may be claimed and sent next.

    Args:
        pace: The bounds.
        now: The loop's clock, in seconds.
    """

    def __init__(self, pace: Pace, now: Callable[[], float]) -> None:
        self._pace = pace
        self._now = now
        self._lots: dict[int, Lot] = {}
        self._standings: defaultdict[int, Standing] = defaultdict(Standing)
        # Endpoints that are slow, or left alone for a while.
        self._troubled: set[int] = set()
        self.deliveries: dict[int, Claimed] = {}
        # When what is on its way was sent.
        self._sent_at: dict[int, float] = {}
        # Endpoints that may have more than what was claimed; who was given nothing for longest stands first.
        self.hungry: dict[int, None] = {}

    def call_for(self, endpoints: Iterable[int]) -> None:
        """Something waits for these."""
        self.hungry.update(dict.fromkeys(endpoints))

    def places(self) -> dict[int, Places]:
        """For each hungry endpoint how many to claim: none while more than half of its own are still to be done.

        Who gets something goes to the end: where there is not enough for all, each has its turn.
        """
        places = {endpoint_id: room for endpoint_id, room in self._share_out(self.hungry) if sum(room)}
        for endpoint_id in places:
            del self.hungry[endpoint_id]
        self.hungry.update(dict.fromkeys(places))
        return places

    def openings(self) -> Openings:
        """What there is room for of the news.

        Where more waits than was claimed, that comes first. What can't be sent soon is put down, for whoever comes to
        it; what only this pusher is too busy for stays in the stream.
        """
        endpoints = [*self._lots, *(self._troubled - self._lots.keys())]
        known = {endpoint_id: room.first for endpoint_id, room in self._share_out(endpoints, retries=False)}
        for endpoint_id in known.keys() | self.hungry:
            if known.get(endpoint_id, 0) == 0 or endpoint_id in self.hungry:
                known[endpoint_id] = 0 if endpoint_id in self._troubled else UNREAD
        # The others are unknown, and take what the slow may have.
        free = min(self._free() - sum(room for room in known.values() if room > 0), self._free_for_slow())
        return Openings(known, max(1, free // ENDPOINTS) if free > 0 else UNREAD)

    def room_for(self, endpoints: Iterable[int]) -> bool:
        """Whether there is room for news of one of these."""
        shares = self._share_out(endpoints, retries=False)
        return any(room.first for endpoint_id, room in shares if endpoint_id not in self.hungry)

    def take(self, claimed: Iterable[Claimed], places: Mapping[int, Places] | None = None) -> None:
        """Takes what is this pusher's now; an endpoint that filled a row's places, or was given none, may have more.

        A machine so busy that the heartbeat came too late has claimed once more what it still has in hand: that is not
        sent a second time, and its result carries the newer token. The number alone does not show that: a crash of the
        database takes back deliveries that nothing had come of yet, and gives their numbers to others.
        """
        first, again = Counter[int](), Counter[int]()
        for delivery in claimed:
            if known := self.deliveries.get(delivery.id):
                if (known.uid, known.upc, known.endpoint_id) == (delivery.uid, delivery.upc, delivery.endpoint_id):
                    known.token = delivery.token
                    continue
                self._forget(known)
            self.deliveries[delivery.id] = delivery
            lot = self._lots.setdefault(delivery.endpoint_id, Lot())
            lot.in_hand += 1
            if delivery.first_at is None:
                lot.first.append(delivery)
                first[delivery.endpoint_id] += 1
            else:
                lot.again.append(delivery)
                lot.in_hand_again += 1
                again[delivery.endpoint_id] += 1
        for endpoint_id, room in (places or {}).items():
            if first[endpoint_id] < room.first and again[endpoint_id] < room.again:
                self.hungry.pop(endpoint_id, None)

    def next_for(self, endpoint_id: int) -> Claimed | None:
        """The next to send to an endpoint, where it has a request free; it counts as on its way from now on.

        Of its requests at most half are retries, so that a first try finds one free however long retries take; where
        one is all there is, they take turns.
        """
        lot = self._lots.get(endpoint_id)
        if lot is None or lot.sending >= (requests := self._requests(endpoint_id)):
            return None
        again = bool(lot.again) and lot.sending_again < max(1, requests // 2)
        if again and lot.first and requests == 1:
            again = not lot.again_went_last
        if not again and not lot.first:
            return None
        lot.sending += 1
        lot.sending_again += again
        lot.again_went_last = again
        delivery = lot.again.popleft() if again else lot.first.popleft()
        self._sent_at[delivery.id] = self._now()
        return delivery

    def in_hand(self, endpoint_id: int) -> Places:
        """How many first tries and retries of an endpoint's were claimed and not yet recorded."""
        lot = self._lots.get(endpoint_id)
        return Places(lot.in_hand - lot.in_hand_again, lot.in_hand_again) if lot else Places(0, 0)

    def by_lane(self) -> Places:
        """How many first tries and retries are in hand of all endpoints'."""
        again = sum(lot.in_hand_again for lot in self._lots.values())
        return Places(sum(lot.in_hand for lot in self._lots.values()) - again, again)

    def answered(self, delivery: Claimed, *, failed: bool, took: float) -> None:
        """A request came to its end after `took` seconds."""
        self.not_sent(delivery)
        endpoint_id = delivery.endpoint_id
        standing = self._standings[endpoint_id]
        standing.answered(failed=failed, took=took, now=self._now())
        if standing.slow or standing.troubled:
            self._troubled.add(endpoint_id)
        else:
            self._troubled.discard(endpoint_id)

    def not_sent(self, delivery: Claimed) -> None:
        """It is no longer on its way: there was nothing to send, or an answer."""
        if self.deliveries.get(delivery.id) is not delivery:
            return
        del self._sent_at[delivery.id]
        lot = self._lots[delivery.endpoint_id]
        lot.sending -= 1
        lot.sending_again -= delivery.first_at is not None

    def forget_overdue(self, seconds: float) -> list[Claimed]:
        """Lets go of what was sent so long ago that its answer can't come any more; returns it."""
        before = self._now() - seconds
        overdue = [self.deliveries[number] for number, at in self._sent_at.items() if at < before]
        for delivery in overdue:
            self._forget(delivery)
        return overdue

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
                dropped.extend((*lot.first, *lot.again))
                lot.first.clear()
                lot.again.clear()
        self.recorded(dropped)
        return [delivery.id for delivery in dropped]

    def drop_surplus(self) -> list[int]:
        """Lets go of what was claimed for endpoints before they turned out to be slow or dead; returns the deliveries.

        Others wait for the room that it takes.
        """
        return self.drop([number for number, lot in self._lots.items() if self._has_surplus(number, lot)])

    async def all_answered(self) -> None:
        """Waits for what is on the way; what is not, stays where it is."""
        for lot in self._lots.values():
            lot.first.clear()
            lot.again.clear()
        while self.on_the_way():  # noqa: ASYNC110 said once, at the end
            await asyncio.sleep(_LOOK_EVERY)

    def recorded(self, deliveries: Iterable[Claimed]) -> None:
        """They are out of hand."""
        for delivery in deliveries:
            if self.deliveries.get(delivery.id) is not delivery:
                continue  # forgotten meanwhile
            del self.deliveries[delivery.id]
            lot = self._lots[delivery.endpoint_id]
            lot.in_hand -= 1
            lot.in_hand_again -= delivery.first_at is not None
            if lot.in_hand == 0:
                del self._lots[delivery.endpoint_id]
        if len(self._standings) > _REMEMBERED:
            for endpoint_id in self._standings.keys() - self._lots.keys():
                del self._standings[endpoint_id]
                self._troubled.discard(endpoint_id)

    def _forget(self, delivery: Claimed) -> None:
        """Whatever may still come of it is nobody's any more."""
        if delivery.id in self._sent_at:
            self.not_sent(delivery)
        elif lot := self._lots.get(delivery.endpoint_id):
            lot.let_go(delivery)
        self.recorded([delivery])

    def _free(self) -> int:
        return self._pace.in_hand - len(self.deliveries)

    def _share_out(self, endpoints: Iterable[int], *, retries: bool = True) -> Iterator[tuple[int, Places]]:
        """How many each of them may have now.

        Slow endpoints, and those of which nothing is known yet, share one half of what may be in hand, so that the
        others are never without. Of that half those that are known to be slow leave a quarter to the unknown, which
        are so for one answer only.
        """
        free = self._free()
        in_hand = Counter[bool | None]()
        for endpoint_id, lot in self._lots.items():
            in_hand[self._slow(endpoint_id)] += lot.in_hand
        half = self._pace.in_hand // 2
        free_for_slow = half - in_hand[True] - in_hand[None]
        free_for_known = half * 3 // 4 - in_hand[True]
        share = self._pace.in_hand // max(1, len(self._lots.keys() | self.hungry.keys()))
        for endpoint_id in endpoints:
            slow = self._slow(endpoint_id)
            most = free if slow is False else min(free, free_for_slow, free_for_known if slow else free)
            room = self._room(endpoint_id, share, max(0, most), retries=retries)
            free -= sum(room)
            free_for_slow -= sum(room) if slow is not False else 0
            free_for_known -= sum(room) if slow else 0
            yield endpoint_id, room

    def _free_for_slow(self) -> int:
        slow = sum(lot.in_hand for number, lot in self._lots.items() if self._slow(number) is not False)
        return self._pace.in_hand // 2 - slow

    def _slow(self, endpoint_id: int) -> bool | None:
        """None: nothing is known of it yet."""
        standing = self._standings[endpoint_id]
        return standing.slow if standing.known else None

    def _room(self, endpoint_id: int, share: int, free: int, *, retries: bool) -> Places:
        standing, in_hand = self._standings[endpoint_id], self.in_hand(endpoint_id)
        circuit = standing.circuit(self._now())
        if circuit is not Circuit.CLOSED:
            one = int(circuit is Circuit.HALF_OPEN and sum(in_hand) == 0 and free > retries)
            return Places(one, one * retries)
        least = self._pace.least_in_hand_per_endpoint
        most = max(least, min(self._pace.in_hand_per_endpoint, share))
        window = standing.window(self._pace.requests_per_endpoint, least=least, most=most)
        first = min(free, _worthwhile(window - in_hand.first, window))
        again = max(1, window // 4)
        return Places(first, retries * min(free - first, _worthwhile(again - in_hand.again, again)))

    def _has_surplus(self, endpoint_id: int, lot: Lot) -> bool:
        standing, least = self._standings[endpoint_id], self._pace.least_in_hand_per_endpoint
        if not standing.known:
            return False
        if standing.troubled:
            return lot.in_hand > 2 * least
        most = self._pace.in_hand_per_endpoint
        return standing.slow and lot.in_hand > 2 * standing.window(
            self._pace.requests_per_endpoint, least=least, most=most
        )

    def _requests(self, endpoint_id: int) -> int:
        circuit = self._standings[endpoint_id].circuit(self._now())
        if circuit is Circuit.OPEN:
            return 0
        return 1 if circuit is Circuit.HALF_OPEN else self._pace.requests_per_endpoint


def _worthwhile(room: int, of: int) -> int:
    """Room, where at least half is free: a few at a time would cost a statement each."""
    return room if 2 * room >= of else 0
