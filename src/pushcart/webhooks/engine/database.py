"""The pusher's own connections to the database that Django uses."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import asyncpg
from django.conf import settings

from pushcart.kit.database_url import asyncpg_address

if TYPE_CHECKING:
    from asyncpg import Connection, Pool
    from asyncpg.pool import PoolConnectionProxy

# What tells that the database went away, or cut us off: the statement is said again once it is back. asyncpg's
# InternalClientError is what it says where the connection breaks in the middle of an answer.
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    OSError,
)


# Every statement of the pusher's finds its rows by a key, and is the same from one time to the next. The planner's own
# figures of tables that grow by thousands a second are always old: by them it once read all that waits for each result.
# Pages cost nothing and rows do, or a table that was nearly empty when the plan was made is read from end to end.
_PLANS = {
    "seq_page_cost": "0",
    "random_page_cost": "0",
    "cpu_index_tuple_cost": "0.01",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
    "enable_material": "off",
}

_PLANS_SECONDS = 1


async def open_pool(name: str, *, durable: bool) -> Pool[Any]:
    """A pool of at most four connections.

    Args:
        name: Of the stage, for the database's own list of its clients.
        durable: Whether a commit waits for the disk. What a crash may take back without harm need not: a claim, a
            lease, and deliveries together with the bookmark that says they were written.
    """
    return await asyncpg.create_pool(
        **_address(),
        min_size=0,
        max_size=4,
        max_inactive_connection_lifetime=0,
        timeout=5,
        command_timeout=30,
        setup=_Plans().renew,
        reset=_nothing_to_reset,
        server_settings={
            "application_name": f"pushcart push: {name}",
            "synchronous_commit": "on" if durable else "off",
            **_PLANS,
        },
    )


async def connect(name: str) -> Connection[Any]:
    """One connection, to listen on."""
    connection: Connection[Any] = await asyncpg.connect(
        **_address(),
        timeout=5,
        server_settings={"application_name": f"pushcart push: {name}"},
    )
    return connection


def _address() -> dict[str, Any]:
    return asyncpg_address(settings.DATABASES["default"])


class _Plans:
    """Has each connection make its plans anew once a second, by the size that the tables have grown to by then.

    A plan that was made while a table was nearly empty reads all of it for each result, and stays: PostgreSQL makes
    another only once the table was analyzed, which on a new installation comes minutes after the first orders.
    """

    def __init__(self) -> None:
        self._made: dict[int, float] = {}  # by the server's process

    async def renew(self, connection: PoolConnectionProxy[Any]) -> None:
        process, now = connection.get_server_pid(), time.monotonic()
        if now - self._made.setdefault(process, now) > _PLANS_SECONDS:
            self._made[process] = now
            await connection.execute("DISCARD PLANS")


async def _nothing_to_reset(_connection: Connection[Any]) -> None:
    """Each use is one statement: nothing is left on the connection, and a round trip is saved."""
