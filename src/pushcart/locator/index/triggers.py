"""How the database writes down what the index has to read anew. For migrations."""

from __future__ import annotations

# Wakes whoever keeps stores in memory.
CHANNEL = "pushcart_places"

# Table, what its change is about, and the column that says of which.
_BY_ROW = (
    ("stores_store", "store", "id"),
    ("inventory_freshness", "store", "store_id"),
    ("stores_taxrate", "store", "store_id"),
    ("companies_company", "company", "id"),
    ("companies_stripeaccount", "company", "company_id"),
    ("companies_endpoint", "company", "company_id"),
    ("companies_dealer", "brand", "brand_id"),
)
# These change by the thousand: one word says it all.
_BY_STATEMENT = (
    ("catalog_product", "products"),
    ("catalog_blockedpath", "products"),
    ("companies_apikey", "keys"),
)

_FUNCTIONS = f"""
CREATE FUNCTION locator_row_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NULL;
    END IF;
    INSERT INTO locator_change (about, key)
    VALUES (TG_ARGV[0], (to_jsonb(coalesce(NEW, OLD)) ->> TG_ARGV[1])::bigint);
    PERFORM pg_notify('{CHANNEL}', '');
    RETURN NULL;
END $$;
CREATE FUNCTION locator_table_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO locator_change (about, key) VALUES (TG_ARGV[0], 0);
    PERFORM pg_notify('{CHANNEL}', '');
    RETURN NULL;
END $$;
"""  # noqa: S608 a name of ours


def _trigger(table: str, each: str, function: str) -> str:
    return f"""
CREATE TRIGGER locator_{table} AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH {each} EXECUTE FUNCTION {function};
"""


CREATE = _FUNCTIONS + "".join(
    [
        *(_trigger(table, "ROW", f"locator_row_changed('{about}', '{column}')") for table, about, column in _BY_ROW),
        *(_trigger(table, "STATEMENT", f"locator_table_changed('{about}')") for table, about in _BY_STATEMENT),
    ]
)
DROP = "".join(f"DROP TRIGGER locator_{table} ON {table};\n" for table, *_ in (*_BY_ROW, *_BY_STATEMENT)) + (
    "DROP FUNCTION locator_row_changed();\nDROP FUNCTION locator_table_changed();\n"
)
