"""That stock changed: said once, in the database, for every way in which it moves.

For migrations. The triggers write `inventory_change` in the transaction that changes it, a statement at a time: above
`_MOST_NAMED` rows they name the stores alone, which costs a feed next to nothing and makes the reader fetch what it
would fetch anyway.
"""

from __future__ import annotations

# Wakes whoever keeps stock in memory.
CHANNEL = "pushcart_stock"
_MOST_NAMED = 1000

# EXCEPT, no join: a plan that was made for one row must not meet thousands.
_CHANGED = f"""
CREATE FUNCTION inventory_stock_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM changed LIMIT {_MOST_NAMED + 1}) counted) > {_MOST_NAMED} THEN
        INSERT INTO inventory_change (store_id) SELECT DISTINCT store_id FROM changed;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO inventory_change (store_id, upc)
        SELECT store_id, upc FROM (
            SELECT store_id, upc, CASE WHEN hidden THEN 0 ELSE on_hand - taken END, price FROM changed
            EXCEPT
            SELECT store_id, upc, CASE WHEN hidden THEN 0 ELSE on_hand - taken END, price FROM before
        ) differing;
    ELSE
        INSERT INTO inventory_change (store_id, upc) SELECT store_id, upc FROM changed;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('{CHANNEL}', '');
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION inventory_safety_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inventory_change (store_id) VALUES (NEW.id);
    PERFORM pg_notify('{CHANNEL}', '');
    RETURN NULL;
END $$;
"""  # noqa: S608 a number and a name of ours

_TRIGGERS = """
CREATE TRIGGER inventory_stock_inserted AFTER INSERT ON inventory_stock
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION inventory_stock_changed();
CREATE TRIGGER inventory_stock_updated AFTER UPDATE ON inventory_stock
REFERENCING NEW TABLE AS changed OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION inventory_stock_changed();
CREATE TRIGGER inventory_stock_deleted AFTER DELETE ON inventory_stock
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION inventory_stock_changed();
CREATE TRIGGER inventory_safety_changed AFTER UPDATE OF safety_stock ON stores_store
FOR EACH ROW WHEN (OLD.safety_stock IS DISTINCT FROM NEW.safety_stock) EXECUTE FUNCTION inventory_safety_changed();
"""

CREATE = _CHANGED + _TRIGGERS
DROP = """
DROP TRIGGER inventory_safety_changed ON stores_store;
DROP TRIGGER inventory_stock_deleted ON inventory_stock;
DROP TRIGGER inventory_stock_updated ON inventory_stock;
DROP TRIGGER inventory_stock_inserted ON inventory_stock;
DROP FUNCTION inventory_safety_changed();
DROP FUNCTION inventory_stock_changed();
"""
