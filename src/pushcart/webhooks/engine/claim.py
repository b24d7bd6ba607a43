"""The second stage: a pusher takes deliveries that are due, under a lease.

Several pushers share the work. Each takes what no other has, endpoint by endpoint, never more than it has room for; a
delivery waits while an earlier one of its lane is not done. A lease that is not renewed lapses by the database's
clock, and whoever takes the delivery then has another fencing token, so that the late result of the first changes
nothing. Tokens are drawn at random and not counted: a crash of the database takes back claims, rows and the numbers
that were drawn for them, and what is counted anew would fit what an earlier claim still has on the way.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from pushcart.kit import clock
from pushcart.webhooks.engine.claimed import Claimed
from pushcart.webhooks.folding import FOLDABLE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from asyncpg import Pool
    from asyncpg.pool import PoolConnectionProxy

    from pushcart.webhooks.engine.lot import Places

# First tries and retries stand in an index each: however many of one kind are due, those of the other are found.
_FIRST, _AGAIN = "d.first_at IS NULL", "d.first_at IS NOT NULL"

_IS_DUE = """
    FROM webhooks_delivery d
    WHERE d.endpoint_id = {endpoint} AND d.state = 'waiting' AND {kind} AND d.due_at <= $1
      AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp())
"""

_WITH_WORK = f"""
SELECT c.endpoint_id FROM webhooks_cursor c JOIN companies_endpoint p ON p.id = c.endpoint_id
WHERE p.state = 'working' AND (
    EXISTS (SELECT {_IS_DUE.format(endpoint="c.endpoint_id", kind=_FIRST)})
    OR EXISTS (SELECT {_IS_DUE.format(endpoint="c.endpoint_id", kind=_AGAIN)})
)
"""  # noqa: S608 fragments of our own

# The first of a lane is asked for as a value, never as a join: on a table that the planner does not know yet it once
# compared every delivery with every other.
_DUE = f"""(
        SELECT d.id, d.event_id {_IS_DUE}
          AND d.id = (
              SELECT min(first.id) FROM webhooks_delivery first
              WHERE first.endpoint_id = d.endpoint_id AND first.lane = d.lane AND first.state = 'waiting'
          )
        ORDER BY d.due_at, d.id LIMIT {{places}}
        FOR UPDATE SKIP LOCKED
    )"""  # noqa: S608 a fragment of our own

# What a push is made of, of an event `e` and an endpoint `p`: the fields of `Claimed` from `uid` to `version`.
MATERIAL = """
    e.uid, e.type, e.created_at, e.cart_hash, e.sequence, e.data, e.traceparent, doc.body, cart.respond_by,
    p.xmin AS version
"""
MATERIAL_FROM = """
LEFT JOIN carts_document doc ON doc.cart_id = e.cart_id AND doc.sequence = e.sequence
LEFT JOIN carts_cart cart ON cart.id = e.cart_id
"""
IS_TAKEN = "cardinality(p.event_types) = 0 OR e.type = ANY (p.event_types)"

# A newer document of the cart that waits for the same endpoint, where that takes it in place of this one.
_OVERTAKEN_BY = """
CASE WHEN p.folds AND d.replay = 0 AND e.type = ANY ($8) THEN (
    SELECT max(newer.id) FROM webhooks_delivery newer JOIN events_event said ON said.id = newer.event_id
    WHERE newer.endpoint_id = d.endpoint_id AND newer.lane = d.lane AND newer.state = 'waiting' AND newer.id > d.id
      AND newer.upc = d.upc AND newer.replay = 0 AND said.sequence > e.sequence
      AND (cardinality(p.event_types) = 0 OR said.type = ANY (p.event_types))
) END
"""

# One that others were folded into speaks for them too: it is wanted, whatever its own type is.
_WANTED = f"""
{IS_TAKEN} OR EXISTS (
    SELECT FROM webhooks_delivery folded
    WHERE folded.lane = d.lane AND folded.lane > 0 AND folded.folded_into = d.id
)
"""

_CLAIM = f"""
WITH taken AS MATERIALIZED (
    SELECT due.id, due.event_id, p.id AS endpoint_id
    FROM unnest($2::bigint[], $3::int[], $4::int[]) AS room (endpoint_id, first, again)
    JOIN companies_endpoint p ON p.id = room.endpoint_id AND p.state = 'working'
        AND (p.most_at_once IS NOT NULL OR p.most_per_minute IS NOT NULL) = $7
    CROSS JOIN LATERAL (
        SELECT * FROM {_DUE.format(endpoint="room.endpoint_id", kind=_FIRST, places="room.first")} first_tries
        UNION ALL
        SELECT * FROM {_DUE.format(endpoint="room.endpoint_id", kind=_AGAIN, places="room.again")} retries
    ) due
)
UPDATE webhooks_delivery d SET lease_until = clock_timestamp() + $6, claimed_by = $5, token = $9
FROM taken
JOIN companies_endpoint p ON p.id = taken.endpoint_id
JOIN events_event e ON e.id = taken.event_id {MATERIAL_FROM}
WHERE d.id = taken.id
RETURNING d.id, d.endpoint_id, d.token, d.first_at, d.upc, {MATERIAL}, {_WANTED}, {_OVERTAKEN_BY}
"""  # noqa: S608 fragments of our own

# After the clock was set back. What nobody has tried is due when it is written, and what was first tried in the future
# was tried by another clock: these show it by themselves.
_AHEAD_OF_TIME = """
UPDATE webhooks_delivery SET due_at = $1, first_at = CASE WHEN first_at <= $1 THEN first_at END
WHERE state = 'waiting' AND due_at > $1 AND ($2 OR attempts = 0 OR first_at > $1)
"""

# Whatever is locked is just being recorded; waiting for it, the two could wait for each other.
_RENEW = """
WITH held AS MATERIALIZED (
    SELECT id FROM webhooks_delivery WHERE id = ANY ($1::bigint[]) AND claimed_by = $2 FOR UPDATE SKIP LOCKED
)
UPDATE webhooks_delivery d SET lease_until = clock_timestamp() + $3 FROM held WHERE d.id = held.id
"""

_GIVE_BACK = """
UPDATE webhooks_delivery SET claimed_by = NULL, lease_until = NULL
WHERE claimed_by = $1 AND state = 'waiting' AND ($2::bigint[] IS NULL OR id = ANY ($2))
"""

_CHANGED = """
SELECT p.id FROM unnest($1::bigint[], $2::bigint[]) AS known (id, version)
JOIN companies_endpoint p ON p.id = known.id AND (p.state <> 'working' OR p.xmin::text::bigint <> known.version)
"""


def new_token() -> int:
    """The fence of what one statement claims."""
    return secrets.randbits(62) + 1


async def endpoints_with_work(pool: Pool[Any]) -> set[int]:
    """Endpoints that take pushes and for which one is due that nobody has."""
    return {row["endpoint_id"] for row in await pool.fetch(_WITH_WORK, clock.now())}


async def nothing_waits_for_another_clock(pool: Pool[Any], *, seen: bool) -> None:
    """Makes due what a clock that was set back has put into the future.

    Args:
        pool: Connections to the database.
        seen: Whether it was seen to be set back: then all that waits longer; else what shows it by itself.
    """
    await pool.execute(_AHEAD_OF_TIME, clock.now(), seen)


async def claim(
    pool: Pool[Any] | PoolConnectionProxy[Any],
    pusher: int,
    places: Mapping[int, Places],
    *,
    lease: timedelta,
    bounded: bool = False,
) -> list[Claimed]:
    """Takes what is due.

    Args:
        pool: Connections to the database.
        pusher: Who takes it.
        places: For each endpoint how many first tries and how many retries there is room for.
        lease: How long the pusher may keep them without a sign of life.
        bounded: Whether these are endpoints whose owners have set bounds (`bounds`); of the others nothing is taken.

    Returns:
        What was taken, those that were due first at the beginning of each endpoint's.
    """
    rows = await pool.fetch(
        _CLAIM,
        clock.now(),
        list(places),
        [room.first for room in places.values()],
        [room.again for room in places.values()],
        pusher,
        lease,
        bounded,
        FOLDABLE,
        new_token(),
    )
    return [Claimed(*row) for row in rows]


async def renew_leases(pool: Pool[Any], pusher: int, deliveries: list[int], *, lease: timedelta) -> None:
    """The sign of life: keeps what this pusher has in its hands."""
    await pool.execute(_RENEW, deliveries, pusher, lease)


async def give_back(pool: Pool[Any], pusher: int, deliveries: list[int] | None) -> None:
    """Lets others take what this pusher did not get to: these deliveries, or (None) all that it has."""
    await pool.execute(_GIVE_BACK, pusher, deliveries)


async def changed(pool: Pool[Any], versions: Mapping[int, int]) -> set[int]:
    """Those of these endpoints that take no pushes now, or not as they did when their rows had these versions."""
    if not versions:
        return set()
    return {row["id"] for row in await pool.fetch(_CHANGED, list(versions), list(versions.values()))}
