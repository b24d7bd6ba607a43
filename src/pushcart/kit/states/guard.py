"""The same graphs in the database: a trigger refuses a move, or a first state, that the graph does not have.

For migrations: `guard("carts.line", "carts_line", "status", initial="ordered", moves={...})`. The graph is written out
there once more, because a migration must not change when the code does; a test holds the two against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FUNCTIONS = """
CREATE TABLE state_move (
    graph text NOT NULL,
    source text NOT NULL,  -- '' for the birth of a row
    target text NOT NULL,
    PRIMARY KEY (graph, source, target)
);
CREATE FUNCTION guard_state() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    graph_name text := TG_ARGV[0];
    field text := TG_ARGV[1];
    target_state text := to_jsonb(NEW) ->> field;
    source_state text := '';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        source_state := to_jsonb(OLD) ->> field;
        IF source_state = target_state THEN
            RETURN NEW;
        END IF;
    END IF;
    IF NOT EXISTS (SELECT FROM state_move
                   WHERE graph = graph_name AND source = source_state AND target = target_state) THEN
        RAISE EXCEPTION '%: % can''t become %', graph_name, quote_literal(source_state), quote_literal(target_state)
            USING ERRCODE = 'check_violation', CONSTRAINT = graph_name;
    END IF;
    RETURN NEW;
END $$;
"""


def guard(
    graph: str, table: str, column: str = "status", *, initial: str, moves: Mapping[str, Sequence[str]]
) -> migrations.RunSQL:
    """A migration operation that sets (or renews) the guard of one column."""
    pairs = [("", initial), *((source, target) for source, targets in moves.items() for target in targets)]
    rows = ", ".join(f"('{graph}', '{source}', '{target}')" for source, target in pairs)
    trigger = f"{table}_{column}_guard"
    drop = f"DROP TRIGGER IF EXISTS {trigger} ON {table}; DELETE FROM state_move WHERE graph = '{graph}';"  # noqa: S608 literals of ours
    return migrations.RunSQL(
        f"{drop} INSERT INTO state_move VALUES {rows};"  # noqa: S608
        f"CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE OF {column} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION guard_state('{graph}', '{column}');",
        drop,
    )
