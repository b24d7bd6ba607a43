"""The last stage: results become rows, many at a time.

A result counts only while its fencing token is the delivery's: whoever lost the lease has nothing to say. The attempt
is kept all the same, for the request was made.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pushcart.kit import clock
from pushcart.webhooks import bodies
from pushcart.webhooks.schedule import next_try

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from asyncpg import Pool

    from pushcart.webhooks.engine.claimed import Claimed
    from pushcart.webhooks.engine.prepare import Parcel
    from pushcart.webhooks.engine.send import Answer

_ATTEMPTS = """
INSERT INTO webhooks_attempt
    (endpoint_id, delivery_id, event_uid, at, verb, url, request_headers, status, error, answer, address,
     dns_us, connect_us, tls_us, first_byte_us, total_us)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
    $8::smallint[], $9::text[], $10::text[], $11::text[], $12::int[], $13::int[], $14::int[], $15::int[], $16::int[])
"""

# Who still holds a claim holds a delivery that is waiting: its state need not be asked, and asking for it would lead
# the planner to read all that wait.
_RECORD = f"""
WITH result AS MATERIALIZED (
    SELECT * FROM unnest(
        $17::bigint[], $18::bigint[], $19::text[], $20::timestamptz[], $21::timestamptz[], $22::timestamptz[],
        $23::bigint[]
    ) AS r (id, token, state, due_at, first_at, delivered_at, folded_into)
), done AS (
    UPDATE webhooks_delivery d
    SET state = r.state, due_at = r.due_at, first_at = r.first_at, delivered_at = r.delivered_at,
        folded_into = r.folded_into, attempts = d.attempts + (r.state NOT IN ('unwanted', 'folded'))::int,
        claimed_by = NULL, lease_until = NULL
    FROM result r
    WHERE d.id = r.id AND d.token = r.token AND d.claimed_by = $24
    RETURNING d.id, d.endpoint_id, d.lane, d.state
), tried AS ({_ATTEMPTS}), well AS (
    UPDATE webhooks_health h SET failures = 0, failing_since = NULL, last_error = ''
    WHERE h.failures > 0 AND h.endpoint_id IN (SELECT endpoint_id FROM done WHERE state = 'delivered')
), untold AS (
    INSERT INTO webhooks_givenup (delivery_id) SELECT id FROM done WHERE state = 'given_up'
)
SELECT d.id, d.endpoint_id, d.state, d.state <> 'waiting' AND (
    SELECT min(next.id) FROM webhooks_delivery next
    WHERE next.endpoint_id = d.endpoint_id AND next.lane = d.lane AND next.state = 'waiting' AND next.id > d.id
) IS NOT NULL AS leads_on
FROM done d
"""  # noqa: S608 a fragment of our own

_ATTEMPT_FIELDS = 16


@dataclass(slots=True)
class Result:
    """What became of a claimed delivery; without a parcel nothing was sent."""

    claimed: Claimed
    parcel: Parcel | None = None
    answer: Answer | None = None

    @property
    def delivered(self) -> bool:
        return self.answer is not None and not self.answer.error


@dataclass(slots=True)
class Recorded:
    """What recording a batch showed."""

    delivered_or_done: set[int]  # deliveries whose result counted
    leads_on: set[int]  # endpoints where the next of a lane may go now
    given_up: bool  # whether something was


async def record(pool: Pool[Any], pusher: int, results: Sequence[Result]) -> Recorded:
    """Writes the results of one batch together with the attempts that they came from, in one statement."""
    now = clock.now()
    outcomes = [_outcome(result, now) for result in results]
    tried = [_attempt(result) for result in results if result.answer]
    attempts = zip(*tried, strict=True) if tried else ([] for _ in range(_ATTEMPT_FIELDS))
    rows = await pool.fetch(_RECORD, *attempts, *zip(*outcomes, strict=True), pusher)
    return Recorded(
        {row["id"] for row in rows},
        {row["endpoint_id"] for row in rows if row["leads_on"]},
        any(row["state"] == "given_up" for row in rows),
    )


async def record_check(pool: Pool[Any], parcel: Parcel, answer: Answer) -> None:
    """Keeps the attempt of an endpoint's check, which is no delivery."""
    row = (parcel.target.endpoint_id, None, *_request(parcel, answer), *_answer(answer))
    await pool.execute(_ATTEMPTS, *([value] for value in row))


def _outcome(result: Result, now: datetime) -> tuple[Any, ...]:
    """Delivery, token, state, due_at, first_at, delivered_at, folded_into."""
    claimed, answer = result.claimed, result.answer
    if answer is None:
        state = "folded" if claimed.overtaken_by else "unwanted"
        return claimed.id, claimed.token, state, now, claimed.first_at, None, claimed.overtaken_by
    # What was tried when the clock stood later than now counts from now.
    first_at = min(claimed.first_at or answer.at, now)
    if not answer.error:
        return claimed.id, claimed.token, "delivered", now, first_at, now, None
    again = next_try(
        first_at=first_at,
        now=now,
        respond_by=claimed.respond_by,
        retry_after=timedelta(seconds=answer.retry_after),
        jitter=random.random(),  # noqa: S311 it spreads load, it guards nothing
    )
    return claimed.id, claimed.token, "waiting" if again else "given_up", again or now, first_at, None, None


def _attempt(result: Result) -> tuple[Any, ...]:
    """Also of what could not be written or sent: its owner sees why nothing comes."""
    claimed, parcel, answer = result.claimed, result.parcel, result.answer
    if answer is None:
        raise ValueError("Nothing was tried.")
    if parcel is None:
        nothing = (claimed.uid, answer.at, bodies.verb(claimed.event_type), "", "")
        return claimed.endpoint_id, claimed.id, *nothing, *_answer(answer)
    return claimed.endpoint_id, claimed.id, *_request(parcel, answer), *_answer(answer)


def _request(parcel: Parcel, answer: Answer) -> tuple[Any, ...]:
    headers = "\n".join((*parcel.target.shown, *parcel.headers))
    return parcel.uid, answer.at, parcel.verb, parcel.target.url, headers


def _answer(answer: Answer) -> tuple[Any, ...]:
    return (
        answer.status,
        answer.error,
        answer.text,
        answer.address,
        answer.dns_us,
        answer.connect_us,
        answer.tls_us,
        answer.first_byte_us,
        answer.total_us,
    )
