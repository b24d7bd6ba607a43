from __future__ import annotations

import asyncio

import pytest

from pushcart.edge.database import open_pool
from pushcart.locator.locator import Locator
from pushcart.locator.search import search


@pytest.fixture
def find(transactional_db):
    """`search`, from the database, without `await`."""

    def found(place, **options):
        async def asked():
            async with await open_pool() as pool:
                return await search(Locator(pool), place, **options)

        return asyncio.run(asked())

    return found
