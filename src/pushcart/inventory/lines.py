"""What stands on the shelves, said once, in the database: lines that are rows of their own, and those that are packed.

For migrations. A line that is a row of `inventory_stock` is what that says, wherever else it stands; all others are
packed (decision 0123). Whoever asks of one store and a few products calls the functions, which look two places up for
each; the views are for all that a store has.
"""

from __future__ import annotations

from pushcart.inventory.changing import CHANNEL

# Inside a pack a product is its GTIN's number, outside the text of twelve digits or more.
_WORDS = """
CREATE FUNCTION inventory_upc(number bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lpad(number::text, greatest(12, length(number::text)), '0');

CREATE FUNCTION inventory_qty(on_hand integer, taken integer, hidden boolean, safety_stock integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN hidden THEN 0 ELSE greatest(on_hand - taken - safety_stock, 0) END;
"""

_VIEWS = """
CREATE VIEW inventory_line AS
SELECT store_id, upc::text, on_hand, taken, hidden, price, snapshot FROM inventory_stock
UNION ALL
SELECT packed.store_id, inventory_upc(line.number), line.on_hand, 0, false, nullif(line.price, -1), packed.snapshot
FROM inventory_packed packed
CROSS JOIN LATERAL unnest(packed.numbers, packed.on_hand, packed.prices) AS line (number, on_hand, price)
WHERE NOT EXISTS (
    SELECT FROM inventory_stock own WHERE own.store_id = packed.store_id AND own.upc = inventory_upc(line.number)
);

CREATE VIEW inventory_sellable AS
SELECT line.store_id, line.upc,
       inventory_qty(line.on_hand, line.taken, line.hidden, store.safety_stock) AS qty, line.price
FROM inventory_line line JOIN stores_store store ON store.id = line.store_id;
"""

# The pack whose first number is the nearest below: packs of a store lie one behind the other.
_FUNCTIONS = """
CREATE FUNCTION inventory_packed_lines(store bigint, asked text[])
RETURNS TABLE (upc text, on_hand integer, price bigint, snapshot bigint) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT named.upc, packed.on_hand[place.at], nullif(packed.prices[place.at], -1), packed.snapshot
    FROM unnest(asked) AS named (upc)
    CROSS JOIN LATERAL (
        SELECT * FROM inventory_packed near
        WHERE near.store_id = store AND near.first <= named.upc::bigint ORDER BY near.first DESC LIMIT 1
    ) packed
    CROSS JOIN LATERAL (SELECT array_position(packed.numbers, named.upc::bigint) AS at) place
    WHERE place.at IS NOT NULL
$$;

CREATE FUNCTION inventory_lines(store bigint, asked text[])
RETURNS TABLE (upc text, on_hand integer, taken integer, hidden boolean, price bigint, snapshot bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT own.upc::text, own.on_hand, own.taken, own.hidden, own.price, own.snapshot
    FROM inventory_stock own WHERE own.store_id = store AND own.upc = ANY(asked)
    UNION ALL
    SELECT packed.upc, packed.on_hand, 0, false, packed.price, packed.snapshot
    FROM inventory_packed_lines(store, asked) packed
    WHERE NOT EXISTS (
        SELECT FROM inventory_stock own
        WHERE own.store_id = store AND own.upc = packed.upc AND own.upc = ANY(asked)  -- few, of many
    )
$$;

CREATE FUNCTION inventory_sellable_lines(store bigint, asked text[])
RETURNS TABLE (upc text, qty integer, price bigint) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT line.upc, inventory_qty(line.on_hand, line.taken, line.hidden, stores_store.safety_stock), line.price
    FROM stores_store CROSS JOIN LATERAL inventory_lines(stores_store.id, asked) line
    WHERE stores_store.id = store
$$;
"""

# As for rows (see 0004_imports.py and `changing`); packs are written and removed, never changed.
_TRIGGERS = f"""
CREATE FUNCTION inventory_packed_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inventory_change (store_id) SELECT DISTINCT store_id FROM changed;
    IF FOUND THEN
        PERFORM pg_notify('{CHANNEL}', '');
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION inventory_packed_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A pack is not changed: a row of inventory_stock stands for what changes in it'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'inventory_packed_stays';
END $$;
CREATE FUNCTION inventory_packed_apart() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    store bigint;
BEGIN
    SELECT store_id INTO store FROM (
        SELECT store_id, numbers[cardinality(numbers)] AS last,
               lead(first) OVER (PARTITION BY store_id ORDER BY first) AS following
        FROM inventory_packed WHERE store_id IN (SELECT store_id FROM changed)
    ) pack WHERE last >= following LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Packs of store % reach into each other', store
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inventory_packed_apart';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION inventory_store_has_no_packs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM inventory_packed WHERE store_id = OLD.id) THEN
        RAISE EXCEPTION 'Store % still has stock', OLD.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'inventory_stock_store';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER inventory_packed_inserted AFTER INSERT ON inventory_packed
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION inventory_packed_changed();
CREATE TRIGGER inventory_packed_deleted AFTER DELETE ON inventory_packed
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION inventory_packed_changed();
CREATE TRIGGER inventory_packed_has_store AFTER INSERT ON inventory_packed
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION inventory_stock_has_store();
CREATE TRIGGER inventory_packed_apart AFTER INSERT ON inventory_packed
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION inventory_packed_apart();
CREATE TRIGGER inventory_store_has_no_packs AFTER DELETE ON stores_store
FOR EACH ROW EXECUTE FUNCTION inventory_store_has_no_packs();
CREATE TRIGGER inventory_packed_stays BEFORE UPDATE ON inventory_packed
FOR EACH ROW EXECUTE FUNCTION inventory_packed_stays();
"""  # noqa: S608 a name of ours

# A pack fits into a page of the database as it is: it is neither pressed together nor kept elsewhere.
_TABLE = """
ALTER TABLE inventory_packed
    ALTER numbers SET STORAGE EXTERNAL, ALTER on_hand SET STORAGE EXTERNAL, ALTER prices SET STORAGE EXTERNAL,
    SET (toast_tuple_target = 8160),
    ADD CONSTRAINT inventory_packed_lines CHECK (
        cardinality(numbers) > 0 AND numbers[1] = first
        AND cardinality(on_hand) = cardinality(numbers) AND cardinality(prices) = cardinality(numbers)
    ),
    -- Nor is any of them unknown.
    ADD CONSTRAINT inventory_packed_order CHECK (
        first > 0 AND (first <= ALL (numbers)) IS TRUE AND (numbers[cardinality(numbers)] >= ALL (numbers)) IS TRUE
    ),
    ADD CONSTRAINT inventory_packed_not_negative CHECK ((0 <= ALL (on_hand)) IS TRUE),
    ADD CONSTRAINT inventory_packed_price CHECK ((-1 <= ALL (prices)) IS TRUE);
"""

CREATE = _TABLE + _WORDS + _VIEWS + _FUNCTIONS + _TRIGGERS
DROP = """
DROP FUNCTION inventory_sellable_lines(bigint, text[]);
DROP FUNCTION inventory_lines(bigint, text[]);
DROP FUNCTION inventory_packed_lines(bigint, text[]);
DROP VIEW inventory_sellable;
DROP VIEW inventory_line;
DROP FUNCTION inventory_qty(integer, integer, boolean, integer);
DROP FUNCTION inventory_upc(bigint);
DROP FUNCTION inventory_packed_stays() CASCADE;
DROP FUNCTION inventory_packed_apart() CASCADE;
DROP FUNCTION inventory_store_has_no_packs() CASCADE;
DROP FUNCTION inventory_packed_changed() CASCADE;
"""
