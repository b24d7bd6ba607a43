"""The pusher's plans follow its tables, however quickly those grow."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from pushcart.webhooks.engine import database

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

_FOUND_BY_KEY = "Index Cond: (id = r.id)"


async def plan(connection: PoolConnectionProxy) -> str:
    rows = await connection.fetch("EXPLAIN EXECUTE looked_up('{1}', 1)")
    return "\n".join(row[0] for row in rows)


async def plans_around_a_growth() -> tuple[str, str]:
    """The plan of a look-up by key that was made while its table had ten rows: once it has 20,000, and a use later."""
    pool = await database.open_pool("plans", durable=False)
    try:
        async with pool.acquire() as connection:
            process = connection.get_server_pid()
            await connection.execute("CREATE TABLE grown (id bigint PRIMARY KEY, claimed_by bigint)")
            await connection.execute("INSERT INTO grown SELECT generate_series(1, 10)")
            await connection.execute("ANALYZE grown")
            await connection.execute(
                "PREPARE looked_up AS UPDATE grown SET claimed_by = NULL FROM unnest($1::bigint[]) r (id)"
                " WHERE grown.id = r.id AND grown.claimed_by = $2"
            )
            await plan(connection)
            await connection.execute("INSERT INTO grown SELECT generate_series(11, 20000)")
            before = await plan(connection)
        async with pool.acquire() as connection:
            assert connection.get_server_pid() == process
            return before, await plan(connection)
    finally:
        await pool.execute("DROP TABLE grown")
        await pool.close()


@pytest.mark.parametrize(("seconds", "renewed"), [(0, True), (60, False)])
def test_it_makes_its_plans_anew_as_a_table_grows(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, seconds: int, renewed: bool
) -> None:
    monkeypatch.setattr(database, "_PLANS_SECONDS", seconds)
    before, after = asyncio.run(plans_around_a_growth())
    assert _FOUND_BY_KEY not in before
    assert (_FOUND_BY_KEY in after) is renewed
