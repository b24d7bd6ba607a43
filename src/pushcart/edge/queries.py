"""The hot reads: each one statement that finds the key, decides what it may see and returns ready JSON.

A retailer's key sees the carts of its stores, a brand's key those that came from its sites, a test key test carts alone
(contract, section 1). No row: the key is unknown or revoked.
"""

from __future__ import annotations

_KEY = """
WITH key AS MATERIALIZED (
    SELECT a.company_id, a.test,
           CASE WHEN c.kind = 'retailer' THEN c.id END AS retailer_id,
           CASE WHEN c.kind = 'brand' THEN c.id END AS brand_id
    FROM companies_apikey a JOIN companies_company c ON c.id = a.company_id
    WHERE a.digest = $1 AND a.revoked_at IS NULL
)
"""

# $1 the key's digest, $2 the hash -> sequence and body, or nulls where this key has no such cart.
ONE_CART = f"""{_KEY}
SELECT c.sequence, d.body
FROM key
LEFT JOIN carts_cart c ON c.hash = $2 AND c.ordered_at IS NOT NULL AND c.test = key.test
    AND (c.retailer_id = key.retailer_id OR c.brand_id = key.brand_id)
LEFT JOIN carts_document d ON d.cart_id = c.id AND d.sequence = c.sequence
"""  # noqa: S608 texts of ours

_WANTED = """
    c.test = (SELECT test FROM key) AND c.ordered_at IS NOT NULL
    AND ($2::timestamptz IS NULL OR c.updated_at >= $2)
    AND ($3::text IS NULL OR c.status = $3)
    AND ($4::bigint IS NULL OR c.store_id = $4)
"""
_MINE = "c.{owner}_id = (SELECT {owner}_id FROM key)"

# $1 digest, $2 since, $3 status, $4 store id, $5 per page, $6 offset -> total and the bodies, comma separated.
# A key's company is of one kind; the branch of the other kind asks for a null owner and finds nothing.
CARTS = f"""{_KEY}
, page AS (
    SELECT id, sequence, ordered_at FROM (
        (SELECT c.id, c.sequence, c.ordered_at FROM carts_cart c
         WHERE {_MINE.format(owner="retailer")} AND {_WANTED}
         ORDER BY c.ordered_at DESC, c.id DESC LIMIT $5::bigint + $6::bigint)
        UNION ALL
        (SELECT c.id, c.sequence, c.ordered_at FROM carts_cart c
         WHERE {_MINE.format(owner="brand")} AND {_WANTED}
         ORDER BY c.ordered_at DESC, c.id DESC LIMIT $5::bigint + $6::bigint)
    ) mine
    ORDER BY ordered_at DESC, id DESC LIMIT $5::bigint OFFSET $6::bigint
)
SELECT
    (SELECT count(*) FROM carts_cart c WHERE {_MINE.format(owner="retailer")} AND {_WANTED})
    + (SELECT count(*) FROM carts_cart c WHERE {_MINE.format(owner="brand")} AND {_WANTED}) AS total,
    (SELECT string_agg(d.body, ',' ORDER BY p.ordered_at DESC, p.id DESC)
     FROM page p JOIN carts_document d ON d.cart_id = p.id AND d.sequence = p.sequence) AS content
FROM key
"""  # noqa: S608

# $1 digest -> the number of the last event; null: there is none.
LATEST_EVENT = f"""{_KEY}
SELECT (SELECT s.last FROM events_stream s WHERE s.company_id = key.company_id AND s.test = key.test) AS last FROM key
"""  # noqa: S608

# $1 digest, $2 day; null: the last that is closed -> its digest, or nulls.
DAY = f"""{_KEY}
SELECT day.day::text, day.first, day.last, day.start, day.chain
FROM key LEFT JOIN LATERAL (
    SELECT * FROM events_day d
    WHERE d.company_id = key.company_id AND d.test = key.test AND ($2::date IS NULL OR d.day = $2)
    ORDER BY d.day DESC LIMIT 1
) day ON true
"""  # noqa: S608

# $1 digest, $2 an event's id or null, $3 limit -> how pushes were tried, newest first, comma separated.
ATTEMPTS = f"""{_KEY}
, mine AS MATERIALIZED (
    SELECT p.id FROM companies_endpoint p JOIN key ON p.company_id = key.company_id AND p.test = key.test
), found AS (
    SELECT a.* FROM mine CROSS JOIN LATERAL (
        SELECT * FROM webhooks_attempt WHERE endpoint_id = mine.id AND $2::text IS NULL ORDER BY at DESC LIMIT $3
    ) a
    UNION ALL
    SELECT a.* FROM events_event e JOIN mine ON true
    JOIN webhooks_delivery d ON d.endpoint_id = mine.id AND d.number = e.number AND d.event_id = e.id
    JOIN webhooks_attempt a ON a.delivery_id = d.id
    WHERE e.uid = $2
), latest AS (SELECT * FROM found ORDER BY at DESC, id DESC LIMIT $3)
SELECT (
    SELECT string_agg(
        json_build_object(
            'at', to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'endpoint_id', l.endpoint_id, 'event_id', l.event_uid, 'verb', l.verb, 'url', l.url,
            'headers', string_to_array(l.request_headers, E'\\n'),
            'status', l.status, 'error', l.error, 'answer', l.answer, 'address', l.address,
            'microseconds', json_build_object('dns', l.dns_us, 'connect', l.connect_us, 'tls', l.tls_us,
                'first_byte', l.first_byte_us, 'total', l.total_us)
        )::text, ',' ORDER BY l.at DESC, l.id DESC)
    FROM latest l
) AS content
FROM key
"""  # noqa: S608

# $1 digest, $2 after, $3 limit -> the events, comma separated, and the number of the last of them.
EVENTS = f"""{_KEY}
, news AS (
    SELECT e.* FROM events_event e
    WHERE e.company_id = (SELECT company_id FROM key) AND e.test = (SELECT test FROM key) AND e.number > $2
    ORDER BY e.number LIMIT $3::bigint
)
SELECT
    (SELECT string_agg(
        json_build_object(
            'id', n.uid, 'type', n.type, 'number', n.number,
            'created_at', to_char(n.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'cart_hash', n.cart_hash, 'sequence', n.sequence, 'data', n.data, 'cart', d.body::json
        )::text, ',' ORDER BY n.number)
     FROM news n LEFT JOIN carts_document d ON d.cart_id = n.cart_id AND d.sequence = n.sequence) AS content,
    (SELECT max(number) FROM news) AS last
FROM key
"""  # noqa: S608
