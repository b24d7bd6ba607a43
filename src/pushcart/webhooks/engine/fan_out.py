"""The first stage: events become deliveries.

Each endpoint has a bookmark in its company's stream of events. One statement locks the bookmarks that have news, writes
the deliveries and moves the bookmarks, so no event can be skipped and none stands twice. Numbers commit in their order
(`events.models`), so whoever has read up to a number has missed nothing below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.kit import clock

if TYPE_CHECKING:
    from asyncpg import Pool

# Events read for one endpoint at a time.
MOST = 1000

# A new endpoint hears of what happened since it was made.
_NEW_ENDPOINTS = """
WITH fresh AS (
    SELECT p.id, p.company_id, p.test, p.created_at FROM companies_endpoint p
    WHERE NOT EXISTS (SELECT FROM webhooks_cursor c WHERE c.endpoint_id = p.id)
), health AS (
    INSERT INTO webhooks_health (endpoint_id, failures, last_error)
    SELECT id, 0, '' FROM fresh ON CONFLICT DO NOTHING
)
INSERT INTO webhooks_cursor (endpoint_id, number)
SELECT id, coalesce((
    SELECT max(e.number) FROM events_event e
    WHERE e.company_id = fresh.company_id AND e.test = fresh.test AND e.created_at < fresh.created_at
), 0) FROM fresh
ON CONFLICT DO NOTHING
"""

# From `news`, events as an endpoint reads them, to `parts`, what is pushed of them.
# An endpoint that names no types takes every event that has a document; others it takes by name.
# A retailer's endpoint has no part in an order that its staff decide by the standard workflow.
PARTS = """
wanted AS (
    SELECT n.* FROM news n LEFT JOIN carts_cart cart ON cart.id = n.cart_id
    WHERE CASE WHEN cardinality(n.event_types) = 0 THEN n.sequence IS NOT NULL ELSE n.type = ANY (n.event_types) END
      AND NOT (cart.id IS NOT NULL AND cart.workflow = 'standard' AND cart.retailer_id = n.company_id)
), parts AS (
    SELECT w.*, coalesce(line.upc, '') AS upc, coalesce(line.position, 1) - 1 AS position
    FROM wanted w LEFT JOIN LATERAL jsonb_array_elements_text(
        CASE WHEN w.body = 'thin' AND w.sequence IS NOT NULL THEN w.data -> 'upcs' END
    ) WITH ORDINALITY line (upc, position) ON true
)
"""

_FAN_OUT = f"""
WITH bookmark AS MATERIALIZED (
    SELECT c.endpoint_id, c.number, p.company_id, p.test, p.body, p.event_types
    FROM webhooks_cursor c
    JOIN companies_endpoint p ON p.id = c.endpoint_id
    JOIN events_stream s ON s.company_id = p.company_id AND s.test = p.test
    WHERE s.last > c.number
    FOR UPDATE OF c SKIP LOCKED
), news AS MATERIALIZED (
    SELECT b.endpoint_id, b.company_id, b.body, b.event_types, e.id, e.number, e.type, e.cart_id, e.sequence, e.data
    FROM bookmark b CROSS JOIN LATERAL (
        SELECT * FROM events_event e
        WHERE e.company_id = b.company_id AND e.test = b.test AND e.number > b.number
        ORDER BY e.number LIMIT $1
    ) e
), {PARTS}, written AS (
    INSERT INTO webhooks_delivery
        (endpoint_id, event_id, number, position, replay, upc, lane, state, due_at, attempts, token)
    SELECT endpoint_id, id, number, position, 0, upc, coalesce(cart_id, 0), 'waiting', $2, 0, 0
    FROM parts ORDER BY endpoint_id, number, position
    RETURNING endpoint_id
), moved AS (
    UPDATE webhooks_cursor c SET number = read.last
    FROM (SELECT endpoint_id, max(number) AS last FROM news GROUP BY endpoint_id) read
    WHERE c.endpoint_id = read.endpoint_id
    RETURNING c.endpoint_id
)
SELECT m.endpoint_id, coalesce(w.count, 0) AS count
FROM moved m LEFT JOIN (SELECT endpoint_id, count(*) FROM written GROUP BY 1) w USING (endpoint_id)
"""  # noqa: S608 a fragment of our own


async def take_in_new_endpoints(pool: Pool[Any]) -> None:
    """Gives endpoints that the pusher has not met their bookmark."""
    await pool.execute(_NEW_ENDPOINTS)


async def fan_out(pool: Pool[Any], *, most: int = MOST) -> dict[int, int]:
    """Turns what is new for each endpoint into deliveries.

    Returns:
        How many were written, by the endpoint whose bookmark moved; empty: nothing is new.
    """
    rows = await pool.fetch(_FAN_OUT, most, clock.now())
    return {row["endpoint_id"]: row["count"] for row in rows}
