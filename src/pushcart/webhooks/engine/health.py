"""How endpoints do, and the signed check by which they come into use and back.

An endpoint that answers costs nothing here. One that has failed for `FAILING_AFTER` is asked by a signed check: where
that fails too, it is failing, and what happens is held for it; where it succeeds, only some pushes are refused, and
these go on by their own schedule. New, changed and failing endpoints are checked until they answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pushcart.kit import clock, ids
from pushcart.webhooks import bodies
from pushcart.webhooks.engine.prepare import Parcel, pack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncpg import Pool

    from pushcart.webhooks.engine.targets import Target

FAILING_AFTER = timedelta(minutes=2)
FAILING_FAILURES = 5
# The next check comes after as long again as the endpoint has been asked for, within these bounds.
SOONEST_CHECK = timedelta(seconds=5)
LATEST_CHECK = timedelta(minutes=5)
_CHECK_LEASE = timedelta(seconds=20)

_FAILED = """
INSERT INTO webhooks_health AS h (endpoint_id, failures, failing_since, last_error)
SELECT endpoint_id, failures, $4, error
FROM unnest($1::bigint[], $2::int[], $3::text[]) AS f (endpoint_id, failures, error)
ON CONFLICT (endpoint_id) DO UPDATE SET
    failures = h.failures + excluded.failures,
    failing_since = least(h.failing_since, excluded.failing_since),
    last_error = excluded.last_error
"""

# A change of the endpoint's state asks for a check at once, whatever was planned; so does a clock that was set back.
_DUE_CHECKS = """
WITH due AS (
    SELECT h.endpoint_id, p.state, p.state_since, p.url, p.test, p.xmin AS version
    FROM webhooks_health h JOIN companies_endpoint p ON p.id = h.endpoint_id
    WHERE (p.state IN ('unchecked', 'failing')
           AND (h.check_due_at IS NULL OR h.check_due_at <= $1 OR h.checked_at < p.state_since OR h.checked_at > $1)
        OR p.state = 'working' AND h.failures >= $2 AND h.failing_since <= $1 - $3::interval)
      AND (h.check_lease_until IS NULL OR h.check_lease_until < clock_timestamp())
    FOR UPDATE OF h SKIP LOCKED
)
UPDATE webhooks_health h SET check_lease_until = clock_timestamp() + $4::interval, checked_at = $1
FROM due WHERE h.endpoint_id = due.endpoint_id
RETURNING due.*
"""

_CHECKED = """
UPDATE webhooks_health SET check_lease_until = NULL, check_due_at = $2,
    failures = CASE WHEN $3 THEN 0 ELSE failures END, failing_since = CASE WHEN $3 THEN NULL ELSE failing_since END,
    last_error = $4
WHERE endpoint_id = $1
"""

# What was held goes out now, in order, and its schedule begins anew. So many at a time: after days there may be more
# than one statement does in its time, and an endpoint comes back when all of it is due.
_HELD_AT_A_TIME = 5_000
_SEND_HELD = """
WITH held AS MATERIALIZED (
    SELECT * FROM (
        SELECT id FROM webhooks_delivery
        WHERE endpoint_id = $1 AND state = 'waiting' AND first_at IS NOT NULL LIMIT $3 FOR UPDATE SKIP LOCKED
    ) tried
    UNION ALL
    SELECT * FROM (
        SELECT id FROM webhooks_delivery
        WHERE endpoint_id = $1 AND state = 'waiting' AND first_at IS NULL AND due_at > $2 LIMIT $3
        FOR UPDATE SKIP LOCKED
    ) untried
), due AS (
    UPDATE webhooks_delivery d SET due_at = $2, first_at = NULL FROM held WHERE d.id = held.id RETURNING 1
)
SELECT count(*) FROM due
"""


@dataclass(slots=True)
class Check:
    """A signed check that is due."""

    endpoint_id: int
    state: str
    state_since: datetime
    url: str
    test: bool
    version: int  # of the endpoint's row

    def parcel(self, target: Target) -> Parcel:
        """The signed request."""
        uid = ids.tagged("evt")
        data = {"test": int(self.test)}
        return pack(
            target,
            uid=uid,
            event_type="endpoint.check",
            body=bodies.plain(uid=uid, event_type="endpoint.check", created_at=clock.now(), data=data),
        )


async def count_failures(pool: Pool[Any], failures: Mapping[int, tuple[int, str]]) -> None:
    """Adds to what each endpoint has failed since it last answered: how often, and the last error's word."""
    counts = [count for count, _ in failures.values()]
    words = [word for _, word in failures.values()]
    await pool.execute(_FAILED, list(failures), counts, words, clock.now())


async def due_checks(pool: Pool[Any]) -> list[Check]:
    """Takes the checks that are due; other pushers leave them alone while one is on its way."""
    rows = await pool.fetch(_DUE_CHECKS, clock.now(), FAILING_FAILURES, FAILING_AFTER, _CHECK_LEASE)
    return [Check(**row) for row in rows]


async def note_check(pool: Pool[Any], check: Check, error: str) -> None:
    """Writes what a check showed and when the next is due; an endpoint that answered gets what was held for it."""
    now = clock.now()
    again = now + min(max(now - check.state_since, SOONEST_CHECK), LATEST_CHECK)
    await pool.execute(_CHECKED, check.endpoint_id, again, not error, error)


async def send_held(pool: Pool[Any], endpoint_id: int) -> None:
    """Makes due what was held for an endpoint."""
    now = clock.now()
    while await pool.fetchval(_SEND_HELD, endpoint_id, now, _HELD_AT_A_TIME):
        pass
