"""Bounds that owners have set for their endpoints: they hold for all pushers together.

A pusher claims for such an endpoint under the lock of one row, in which stand how many deliveries each pusher has in
its hands, and until when the endpoint's rate is used up. What a pusher holds counts until it says otherwise or its
lease lapses, so neither a lost connection nor a dead pusher lets more through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from pushcart.webhooks.engine.claim import claim
from pushcart.webhooks.engine.lot import Places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import timedelta

    from asyncpg import Pool, Record
    from asyncpg.pool import PoolConnectionProxy

    from pushcart.webhooks.engine.claimed import Claimed

_BOUNDED = """
WITH bounded AS MATERIALIZED (
    SELECT id FROM companies_endpoint WHERE most_at_once IS NOT NULL OR most_per_minute IS NOT NULL
), fresh AS (
    INSERT INTO webhooks_allowance (endpoint_id, held, used_until)
    SELECT id, '{}', 0 FROM bounded WHERE NOT EXISTS (SELECT FROM webhooks_allowance WHERE endpoint_id = bounded.id)
    ON CONFLICT DO NOTHING
)
SELECT id FROM bounded
"""

_LOCK = """
SELECT a.endpoint_id, a.held, a.used_until, p.most_at_once, p.most_per_minute
FROM webhooks_allowance a JOIN companies_endpoint p ON p.id = a.endpoint_id
WHERE a.endpoint_id = ANY ($1::bigint[]) FOR UPDATE OF a SKIP LOCKED
"""

_NOW = "SELECT extract(epoch FROM clock_timestamp())::float8"

_NOTE = "UPDATE webhooks_allowance SET held = $2::jsonb, used_until = $3 WHERE endpoint_id = $1"

_KEEP = """
UPDATE webhooks_allowance
SET held = jsonb_set(held, ARRAY[$1::text, '1'], to_jsonb(extract(epoch FROM clock_timestamp() + $2)))
WHERE held ? $1::text
"""

_RELEASE = "UPDATE webhooks_allowance SET held = held - $1::text WHERE held ? $1::text"


@dataclass(slots=True)
class Allowance:
    """What one endpoint may be sent now. Times are seconds since 1970 by the database's clock."""

    held: dict[str, tuple[int, float]]  # by pusher: how many it has, and until when that counts
    used_until: float
    most_at_once: int | None
    most_per_minute: int | None

    def room(self, pusher: int, in_hand: int, now: float) -> int | None:
        """How many more; None: no bound."""
        rooms = []
        if self.most_at_once is not None:
            others = sum(count for who, (count, until) in self.held.items() if who != str(pusher) and until > now)
            rooms.append(self.most_at_once - others - in_hand)
        if self.most_per_minute is not None:
            # One second's worth may come at once.
            behind = max(self.used_until, now) - now
            rooms.append(int(max(1.0, self.most_per_minute / 60) - behind * self.most_per_minute / 60 + 1e-6))
        return max(0, min(rooms)) if rooms else None

    def note(self, pusher: int, in_hand: int, claimed: int, now: float, lease: float) -> None:
        """Writes down what was claimed."""
        self.held = {who: entry for who, entry in self.held.items() if entry[1] > now and who != str(pusher)}
        if in_hand + claimed:
            self.held[str(pusher)] = (in_hand + claimed, now + lease)
        if self.most_per_minute is not None:
            self.used_until = max(self.used_until, now) + claimed * 60 / self.most_per_minute


class Bounds:
    """Claims for bounded endpoints, for one pusher.

    Args:
        pool: Connections to the database.
        pusher: Which.
        lease: How long what it holds counts without a sign of life.
        in_hand: How many first tries and retries of an endpoint's it has.
    """

    def __init__(self, pool: Pool[Any], pusher: int, lease: timedelta, in_hand: Callable[[int], Places]) -> None:
        self._pool = pool
        self._pusher = pusher
        self._lease = lease
        self._in_hand = in_hand
        # Endpoints whose last was a first try: where there is one place, a retry comes next.
        self._again_next: set[int] = set()
        self.endpoints: frozenset[int] = frozenset()

    async def look(self) -> None:
        """Learns which endpoints are bounded."""
        self.endpoints = frozenset(row["id"] for row in await self._pool.fetch(_BOUNDED))

    def of(self, endpoints: Iterable[int]) -> frozenset[int]:
        """The bounded ones of these."""
        return self.endpoints.intersection(endpoints) if self.endpoints else self.endpoints

    async def claim(self, wanted: Mapping[int, Places]) -> tuple[dict[int, Places], list[Claimed]]:
        """Takes what is due and what the bounds leave room for.

        Returns:
            The places that there were, and what was taken.
        """
        places: dict[int, Places] = {}
        claimed: list[Claimed] = []
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(_LOCK, list(wanted))
            # Read behind the lock: what others wrote under it counts by this time.
            now: float = await connection.fetchval(_NOW)
            for row in rows:
                endpoint_id = row["endpoint_id"]
                places[endpoint_id], taken = await self._claim(connection, row, wanted[endpoint_id], now)
                claimed += taken
        return places, claimed

    async def keep(self) -> None:
        """The sign of life: what this pusher holds goes on counting."""
        if self.endpoints:
            await self._pool.execute(_KEEP, str(self._pusher), self._lease)

    async def release(self) -> None:
        """This pusher holds nothing more."""
        if self.endpoints:
            await self._pool.execute(_RELEASE, str(self._pusher))

    async def _claim(
        self, connection: PoolConnectionProxy[Any], row: Record, wanted: Places, now: float
    ) -> tuple[Places, list[Claimed]]:
        endpoint_id, in_hand = row["endpoint_id"], self._in_hand(row["endpoint_id"])
        held = {who: (count, until) for who, (count, until) in orjson.loads(row["held"]).items()}
        allowance = Allowance(held, row["used_until"], row["most_at_once"], row["most_per_minute"])
        free = allowance.room(self._pusher, sum(in_hand), now)
        room = sum(wanted) if free is None else min(sum(wanted), free)
        granted = Places(0, 0)
        claimed: list[Claimed] = []
        shares = self._shares(wanted, room, in_hand.again, row["most_at_once"])
        for places in shares if room > 1 or endpoint_id in self._again_next else reversed(shares):
            left = Places(min(places.first, room - len(claimed)), min(places.again, room - len(claimed)))
            if sum(left):
                claimed += await claim(connection, self._pusher, {endpoint_id: left}, lease=self._lease, bounded=True)
                granted = Places(granted.first + left.first, granted.again + left.again)
        if claimed:
            (self._again_next.discard if claimed[-1].first_at else self._again_next.add)(endpoint_id)
        allowance.note(self._pusher, sum(in_hand), len(claimed), now, self._lease.total_seconds())
        await connection.execute(_NOTE, endpoint_id, orjson.dumps(allowance.held).decode(), allowance.used_until)
        return granted, claimed

    @staticmethod
    def _shares(wanted: Places, room: int, again_in_hand: int, most_at_once: int | None) -> tuple[Places, Places]:
        """Half of the room at most for retries, and what they leave for first tries."""
        share = max(1, (most_at_once or 2 * wanted.again) // 2) - again_in_hand
        again = Places(0, max(0, min(wanted.again, share, max(1, room // 2))))
        return again, Places(wanted.first, 0)
