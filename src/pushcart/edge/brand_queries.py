"""The brand API's reads: each one statement that returns ready JSON. $1 is the brand, $2 the moment."""

from __future__ import annotations

# $1 the key's digest
KEY = """
SELECT c.id, c.kind FROM companies_apikey a JOIN companies_company c ON c.id = a.company_id
WHERE a.digest = $1 AND a.revoked_at IS NULL
"""

_SHOWN = """
FROM stores_store s
JOIN companies_company c ON c.id = s.company_id
JOIN companies_dealer d ON d.brand_id = $1 AND d.retailer_id = c.id
LEFT JOIN eligibility_standing e ON e.store_id = s.id
WHERE NOT s.closed AND $2::timestamptz IS NOT NULL
"""

# Whether orders of a kind can be taken: null as long as nobody has looked.
_ABLE = "CASE WHEN e.standard IS NOT NULL THEN (s.{path} AND e.standard)::int END"
_ROW = f"""
    'store_id', s.id, 'name', s.name, 'slug', c.slug || '-' || s.id, 'address', s.address, 'city', s.city,
    'state', s.state, 'zip', s.zip, 'country', s.country, 'phone', s.phone, 'lat', s.lat::text, 'lng', s.lng::text,
    'company_id', c.id, 'company_name', c.name, 'vendor_id', s.number,
    'brand_slug', (SELECT slug FROM companies_company WHERE id = $1), 'brand_bw_logo', '', 'rating', NULL,
    'categories', json_build_array(), 'store_url', '',
    'is_charge_capable', {_ABLE.format(path="bopis")}, 'is_hold_capable', {_ABLE.format(path="ropis")},
    'is_delivery_capable', {_ABLE.format(path="delivery")}, 'is_dropship_capable', 0
"""  # noqa: S608 texts of ours

# $3 limit, $4 offset -> total, and the rows, comma separated.
STORES = f"""
WITH shown AS (SELECT s.id, json_build_object({_ROW})::text AS row {_SHOWN} AND d.authorized)
SELECT (SELECT count(*) FROM shown) AS total,
       (SELECT string_agg(row, ',' ORDER BY id)
        FROM (SELECT * FROM shown ORDER BY id LIMIT $3::bigint OFFSET $4::bigint) page) AS results
"""  # noqa: S608 texts of ours

# $5 UPCs, $6 since when stock is fresh, $7 the stores that may have any of them; null: any store may.
STORES_WITH = f"""
WITH shown AS (
    SELECT s.id {_SHOWN} AND d.authorized AND ($7::bigint[] IS NULL OR s.id = ANY($7))
), stocking AS (
    SELECT shown.id, array_agg(k.upc ORDER BY array_position($5::text[], k.upc)) AS upcs
    FROM shown JOIN inventory_freshness f ON f.store_id = shown.id AND f.fed_at > $6
    CROSS JOIN LATERAL inventory_sellable_lines(shown.id, $5::text[]) k
    WHERE k.qty > 0 GROUP BY shown.id
), page AS (SELECT id FROM stocking ORDER BY id LIMIT $3::bigint OFFSET $4::bigint)
SELECT (SELECT count(*) FROM stocking) AS total,
       (SELECT string_agg(row, ',' ORDER BY id) FROM (
            SELECT s.id, json_build_object({_ROW}, 'in_stock_upcs', (
                SELECT json_agg(json_build_object('upc', u.upc, 'product_id', p.id, 'product_url', '') ORDER BY u.n)
                FROM unnest((SELECT upcs FROM stocking WHERE stocking.id = s.id)) WITH ORDINALITY AS u (upc, n)
                LEFT JOIN catalog_product p ON p.upc = u.upc
            ))::text AS row {_SHOWN} AND s.id IN (SELECT id FROM page)
       ) listed) AS results
"""  # noqa: S608

# $3 per page, $4 offset, $5 since when stock is fresh -> total, and the rows, comma separated. All of them are texts.
DEALERS = f"""
WITH page AS (
    SELECT s.id, s.name, d.authorized,
           coalesce(s.ropis AND e.standard, false) AS ropis, coalesce(s.bopis AND e.standard, false) AS bopis
    {_SHOWN} ORDER BY s.id LIMIT $3::bigint OFFSET $4::bigint
)
SELECT (SELECT count(*) {_SHOWN}) AS total,
       (SELECT string_agg(json_build_object(
            'store_id', p.id::text, 'store_name', p.name, 'authorized', p.authorized::text,
            'count_of_brand_upcs_in_stock', (
                SELECT count(*)::text
                FROM inventory_sellable k JOIN inventory_freshness f ON f.store_id = k.store_id AND f.fed_at > $5
                JOIN catalog_product product ON product.upc = k.upc AND product.brand_id = $1
                WHERE k.store_id = p.id AND k.qty > 0),
            'ropis', p.ropis::int::text, 'bopis', p.bopis::int::text
        )::text, ',' ORDER BY p.id) FROM page p) AS content
"""  # noqa: S608

# $3-$6 the map: south, north, west, east; $7 a UPC, $8 a style, $9 since when stock is fresh, $10 at most, $11 and $12
# the middle of the map; $13 only this store, $14 only this retailer's; $15 a color; $16 whose style or color is meant.
# 3: the product is in stock.
MARKERS = f"""
WITH wanted AS MATERIALIZED (
    SELECT array_agg(p.upc::text) AS upcs FROM catalog_product p
    WHERE p.upc = $7 OR (
        coalesce($8::text, $15::text) IS NOT NULL AND p.brand_id = $16
        AND ($8::text IS NULL OR p.style = $8) AND ($15::text IS NULL OR lower(p.color) = lower($15))
    )
)
SELECT s.hours, s.timezone, s.country, s.state, json_build_object(
    'id', s.id, 'name', s.name, 'slug', c.slug || '-' || s.id, 'lat', s.lat::text, 'lng', s.lng::text,
    'address', s.address, 'city', s.city, 'state', s.state, 'zip', s.zip, 'country', s.country, 'phone', s.phone,
    'company_id', c.id, 'vendor_id', s.number, 'timezone', s.timezone,
    'is_claimed', 1, 'is_hosted', 0, 'is_temporarily_closed', 0,
    'stock_status', CASE WHEN EXISTS (
        SELECT FROM wanted
        JOIN inventory_freshness f ON f.store_id = s.id AND f.fed_at > $9
        CROSS JOIN LATERAL inventory_sellable_lines(s.id, wanted.upcs) k
        WHERE k.qty > 0
    ) THEN 3 ELSE 0 END,
    'features', json_build_array(), 'enhanced_categories', json_build_array()
)::text AS marker
{_SHOWN} AND d.authorized AND s.lat BETWEEN $3 AND $4
AND ($13::bigint IS NULL OR s.id = $13) AND ($14::bigint IS NULL OR c.id = $14)
AND CASE WHEN $5::float8 <= $6::float8 THEN s.lng BETWEEN $5 AND $6 ELSE s.lng >= $5 OR s.lng <= $6 END
ORDER BY (s.lat - $11) ^ 2 + ((s.lng - $12) * cos(radians($11::float8))) ^ 2, s.id
LIMIT $10
"""  # noqa: S608
