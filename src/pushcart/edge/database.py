"""The edge's own pool of connections to the same database that Django uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
from django.conf import settings

from pushcart.kit.database_url import asyncpg_address

if TYPE_CHECKING:
    from asyncpg import Connection, Pool

SIZE = 8
_READING = {"application_name": "pushcart edge", "default_transaction_read_only": "on"}


async def open_pool() -> Pool[Any]:
    return await asyncpg.create_pool(
        **_address(),
        min_size=1,
        max_size=SIZE,
        command_timeout=10,
        reset=_nothing_to_reset,
        server_settings=_READING,
    )


async def connect() -> Connection[Any]:
    """One connection beside the pool, for what goes on for longer than a request."""
    connection: Connection[Any] = await asyncpg.connect(
        **_address(),
        server_settings={**_READING, "application_name": "pushcart locator"},
    )
    return connection


def _address() -> dict[str, Any]:
    return asyncpg_address(settings.DATABASES["default"])


async def _nothing_to_reset(_connection: Connection[Any]) -> None:
    """Each use is one SELECT: nothing is left on the connection, and a round trip a request is saved."""
