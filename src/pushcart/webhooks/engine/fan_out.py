"""The first stage: events become deliveries, and as far as this pusher has room they are its own from the beginning.

Each endpoint has a bookmark in its company's stream of events. One statement locks the bookmarks that have news, writes
the deliveries and moves the bookmarks, so no event can be skipped and none stands twice. Numbers commit in their order
(`events.models`), so whoever has read up to a number has missed nothing below it.

A delivery that is the only one of its lane is written with this pusher's claim on it, which saves the claim (decision
0081). What a busy pusher has no room for stays in the stream, for itself later or for another pusher at once; what
can't be sent soon (a slow, failing or paused endpoint's) is put down as deliveries that wait, and so is what needs more
than room: an endpoint's that folds, or has bounds of its owner's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from pushcart.kit import clock
from pushcart.webhooks.engine.claim import IS_TAKEN, MATERIAL, MATERIAL_FROM, new_token
from pushcart.webhooks.engine.claimed import Claimed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncpg import Pool

# Events read at a time for an endpoint that is not sent to now, and endpoints read for at a time.
MOST = 1000
ENDPOINTS = 100

# Places of an endpoint whose news stays in the stream.
UNREAD = -1

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

# From `news`, events as an endpoint reads them, to `parts`, what is pushed of them: of a thin body one for each line
# that the event is about, or where it names none, as a reminder does, for each line of the cart.
# An endpoint that names no types takes every event that has a document; others it takes by name.
# A retailer's endpoint has no part in an order that its staff decide by the standard workflow.
# What is no order's has a lane of its matter: eligibility or feeds of one store, the states of one endpoint.
PARTS = f"""
wanted AS (
    SELECT n.* FROM news n LEFT JOIN carts_cart cart ON cart.id = n.cart_id
    WHERE CASE WHEN cardinality(n.event_types) = 0 THEN n.sequence IS NOT NULL ELSE n.type = ANY (n.event_types) END
      AND NOT (cart.id IS NOT NULL AND cart.workflow = 'standard' AND cart.retailer_id = n.company_id)
), parts AS (
    SELECT w.*, coalesce(line.upc, '') AS upc, coalesce(line.position, 1) - 1 AS position,
        coalesce(w.cart_id, -1 - (hashtextextended(
            split_part(w.type, '.', 1) || coalesce(w.data ->> 'store_id', w.data ->> 'endpoint_id', ''), 0
        ) & {2**62 - 1})) AS lane
    FROM wanted w LEFT JOIN LATERAL jsonb_array_elements_text(
        CASE WHEN w.body = 'thin' AND w.sequence IS NOT NULL THEN coalesce(w.data -> 'upcs', (
            SELECT jsonb_path_query_array(doc.body::jsonb, '$.items[*].upc')
            FROM carts_document doc WHERE doc.cart_id = w.cart_id AND doc.sequence = w.sequence
        )) END
    ) WITH ORDINALITY line (upc, position) ON true
)
"""  # noqa: S608 a number of our own

# A bookmark that another pusher has just moved is locked as it stands now, but the deliveries which that one wrote are
# not seen yet: what is written then is nobody's. Its row's version shows it, and a replay changes that too. The first
# of a lane is asked for as in `claim`.
_FAN_OUT = f"""
WITH news_of AS MATERIALIZED (
    SELECT c.endpoint_id, p.company_id, p.test, p.body, p.event_types, s.last,
        CASE WHEN p.state = 'working' AND NOT p.folds AND p.most_at_once IS NULL AND p.most_per_minute IS NULL
            THEN coalesce(($1::jsonb -> c.endpoint_id::text)::int, $2) ELSE 0 END AS places
    FROM webhooks_cursor c
    JOIN companies_endpoint p ON p.id = c.endpoint_id
    JOIN events_stream s ON s.company_id = p.company_id AND s.test = p.test
    WHERE s.last > c.number
), bookmark AS MATERIALIZED (
    SELECT n.*, c.number, c.xmin AS version,
        (SELECT before.xmin FROM webhooks_cursor before WHERE before.endpoint_id = c.endpoint_id) AS seen
    FROM news_of n JOIN webhooks_cursor c ON c.endpoint_id = n.endpoint_id
    WHERE n.last > c.number AND n.places >= 0
    LIMIT $3
    FOR UPDATE OF c SKIP LOCKED
), news AS MATERIALIZED (
    SELECT b.endpoint_id, b.company_id, b.body, b.event_types, b.places, b.version = b.seen AS fresh,
        e.id, e.number, e.type, e.cart_id, e.sequence, e.data
    FROM bookmark b CROSS JOIN LATERAL (
        SELECT * FROM events_event e
        WHERE e.company_id = b.company_id AND e.test = b.test AND e.number > b.number
        ORDER BY e.number LIMIT CASE WHEN b.places > 0 THEN b.places ELSE $4 END
    ) e
), {PARTS}, queue AS (
    SELECT *,
        row_number() OVER (PARTITION BY endpoint_id ORDER BY number, position) AS place,
        row_number() OVER (PARTITION BY endpoint_id, lane ORDER BY number, position) AS turn
    FROM parts
), owed AS MATERIALIZED (
    SELECT nextval('webhooks_delivery_id_seq') AS id, endpoint_id, id AS event_id, number, position, upc, lane,
        fresh AND place <= places AND turn = 1 AND (
            SELECT min(d.id) FROM webhooks_delivery d
            WHERE d.endpoint_id = q.endpoint_id AND d.lane = q.lane AND d.state = 'waiting'
        ) IS NULL AS ours
    FROM (SELECT * FROM queue ORDER BY endpoint_id, number, position) q
), written AS (
    INSERT INTO webhooks_delivery (id, endpoint_id, event_id, number, position, replay, upc, lane, state, due_at,
        attempts, claimed_by, lease_until, token)
    SELECT id, endpoint_id, event_id, number, position, 0, upc, lane, 'waiting', $5, 0,
        CASE WHEN ours THEN $6::bigint END, CASE WHEN ours THEN clock_timestamp() + $7::interval END,
        CASE WHEN ours THEN $8::bigint ELSE 0 END
    FROM owed
), moved AS (
    UPDATE webhooks_cursor c SET number = read.last
    FROM (SELECT endpoint_id, max(number) AS last FROM news GROUP BY endpoint_id) read
    WHERE c.endpoint_id = read.endpoint_id
    RETURNING c.endpoint_id
), told AS (
    SELECT 'ours' AS what, id, endpoint_id, event_id, upc FROM owed WHERE ours
    UNION ALL
    SELECT CASE WHEN waits.endpoint_id IS NULL THEN 'moved' ELSE 'waiting' END, NULL, moved.endpoint_id, NULL, NULL
    FROM moved LEFT JOIN (SELECT DISTINCT endpoint_id FROM owed WHERE NOT ours) waits USING (endpoint_id)
    UNION ALL
    SELECT 'unread', NULL, endpoint_id, NULL, NULL FROM news_of WHERE places < 0
)
SELECT told.what, told.id, told.endpoint_id, $8::bigint AS token, NULL::timestamptz AS first_at, told.upc, {MATERIAL},
    {IS_TAKEN}, NULL
FROM told JOIN companies_endpoint p ON p.id = told.endpoint_id
LEFT JOIN events_event e ON e.id = told.event_id {MATERIAL_FROM}
"""  # noqa: S608 fragments of our own


@dataclass(frozen=True, slots=True)
class Openings:
    """For how many deliveries a pusher has room: for endpoints that it knows, and for each other one.

    With 0 places the news of an endpoint is put down to wait; with `UNREAD` it stays in the stream.
    """

    known: Mapping[int, int] = field(default_factory=dict)
    others: int = 0


@dataclass(slots=True)
class News:
    """What a fan-out found, by endpoint; false: nothing new was read."""

    ours: list[Claimed] = field(default_factory=list)
    moved: set[int] = field(default_factory=set)  # bookmarks
    waiting: set[int] = field(default_factory=set)  # of these, where some was put down that nobody has
    unread: set[int] = field(default_factory=set)  # left in the stream

    def __bool__(self) -> bool:
        return bool(self.moved)


async def take_in_new_endpoints(pool: Pool[Any]) -> None:
    """Gives endpoints that the pusher has not met their bookmark."""
    await pool.execute(_NEW_ENDPOINTS)


async def fan_out(
    pool: Pool[Any],
    openings: Openings = Openings(),
    *,
    pusher: int = 0,
    lease: timedelta = timedelta(0),
    most: int = MOST,
) -> News:
    """Turns what is new for each endpoint into deliveries.

    Args:
        pool: Connections to the database.
        openings: What the pusher has room for; by default nothing: all is put down, and nobody's.
        pusher: Who takes what there is room for.
        lease: How long it may keep it without a sign of life.
        most: Events read for an endpoint that is not sent to now.
    """
    places = orjson.dumps(openings.known, option=orjson.OPT_NON_STR_KEYS).decode()
    rows = await pool.fetch(_FAN_OUT, places, openings.others, ENDPOINTS, most, clock.now(), pusher, lease, new_token())
    news = News()
    for row in rows:
        if (what := row[0]) == "ours":
            news.ours.append(Claimed(*row[1:]))
            continue
        endpoint_id = row["endpoint_id"]
        if what == "unread":
            news.unread.add(endpoint_id)
            continue
        news.moved.add(endpoint_id)
        if what == "waiting":
            news.waiting.add(endpoint_id)
    return news
