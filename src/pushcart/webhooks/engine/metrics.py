"""What a pusher shows to Prometheus."""

from __future__ import annotations

from collections import Counter as Words
from typing import TYPE_CHECKING, Any

from prometheus_client import Counter, Gauge

from pushcart.kit import clock
from pushcart.webhooks.engine.timings import Timings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncpg import Pool

    from pushcart.webhooks.engine.hands import Hands
    from pushcart.webhooks.engine.record import Result

# Of a delivery that was never tried, or one that was.
_LANES = ("first", "again")

ATTEMPTS = Counter("pushcart_push_attempts", "Requests by what came of them.", ["result", "lane"])
SECONDS = Timings(
    "pushcart_push_seconds",
    "How long endpoints took to answer.",
    bounds=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
    label="lane",
    values=_LANES,
)
ARRIVAL = Timings(
    "pushcart_push_arrival_seconds",
    "From the event to the answer of its first try, where that delivered it.",
    bounds=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300),
)
IN_HAND = Gauge("pushcart_push_in_hand", "Deliveries claimed by this pusher and not yet recorded.", ["lane"])
ON_THE_WAY = Gauge("pushcart_push_on_the_way", "Requests on their way.")
OPEN_CIRCUITS = Gauge("pushcart_push_open_circuits", "Endpoints that this pusher leaves alone for a while.")
WAITING = Gauge("pushcart_push_waiting", "Deliveries that wait, by the state of their endpoint.", ["endpoint", "lane"])
OLDEST = Gauge(
    "pushcart_push_oldest_seconds", "Age of the oldest that waits, by the state of its endpoint.", ["endpoint"]
)
LAG = Gauge("pushcart_push_lag_events", "Events that were not yet turned into deliveries.")

_STATES = ("unchecked", "working", "failing", "paused", "stopped")

# What is still unread in the stream is younger than what was put down, so it counts where nothing was.
_BACKLOG = """
SELECT p.state, sum(waits.first)::bigint AS first, sum(waits.again)::bigint AS again,
    min(coalesce(waits.oldest, unread.oldest)) AS oldest
FROM companies_endpoint p CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE d.first_at IS NULL) AS first, count(d.first_at) AS again,
        min(e.created_at) AS oldest
    FROM webhooks_delivery d JOIN events_event e ON e.id = d.event_id
    WHERE d.endpoint_id = p.id AND d.state = 'waiting'
) waits LEFT JOIN LATERAL (
    SELECT e.created_at AS oldest FROM webhooks_cursor c JOIN events_event e
        ON e.company_id = p.company_id AND e.test = p.test AND e.number > c.number
    WHERE c.endpoint_id = p.id ORDER BY e.number LIMIT 1
) unread ON true
GROUP BY p.state
"""
_LAG = """
SELECT coalesce(sum(s.last - c.number), 0)::bigint
FROM webhooks_cursor c JOIN companies_endpoint p ON p.id = c.endpoint_id
JOIN events_stream s ON s.company_id = p.company_id AND s.test = p.test
"""


def count(results: Iterable[Result]) -> None:
    """Counts what came of a batch."""
    words: Words[tuple[str, str]] = Words()
    for result in results:
        if (answer := result.answer) is None:
            continue
        lane = "first" if result.claimed.first_at is None else "again"
        words[answer.error or "delivered", lane] += 1
        took = answer.total_us / 1_000_000
        SECONDS.add(took, lane)
        if result.delivered and lane == "first":
            ARRIVAL.add(max(0.0, (answer.at - result.claimed.created_at).total_seconds()) + took)
    for (word, lane), times in words.items():
        ATTEMPTS.labels(word, lane).inc(times)


async def look(pool: Pool[Any], hands: Hands) -> None:
    """Renews the gauges."""
    for lane, count_of_it in zip(_LANES, hands.by_lane(), strict=True):
        IN_HAND.labels(lane).set(count_of_it)
    ON_THE_WAY.set(hands.on_the_way())
    OPEN_CIRCUITS.set(hands.open_circuits())
    backlog = {row["state"]: row for row in await pool.fetch(_BACKLOG)}
    now = clock.now()
    for state in _STATES:
        row = backlog.get(state)
        oldest = row["oldest"] if row else None
        for lane in _LANES:
            WAITING.labels(state, lane).set(row[lane] if row else 0)
        OLDEST.labels(state).set((now - oldest).total_seconds() if oldest else 0)
    LAG.set(await pool.fetchval(_LAG))
