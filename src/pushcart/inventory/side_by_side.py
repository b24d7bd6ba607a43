from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Part = TypeVar("_Part")
_Task = TypeVar("_Task")
_Done = TypeVar("_Done")

# Below so many rows, one connection is done before a second one is open.
_ENOUGH_FOR_TWO = 10_000
# Stores in a transaction, and their rows, unless one alone has more.
_MOST_AT_ONCE = 20
_ROWS_AT_ONCE = 250_000


def side_by_side(
    do: Callable[[dict[int, _Part]], _Done], parts: Mapping[int, _Part], *, rows: Callable[[_Part], int]
) -> list[_Done]:
    """Does the parts of a feed, some stores at a time, and returns what each time gave.

    On several connections where they write so many rows that it pays. Within a transaction one after the other: nobody
    else sees what that has written.

    Args:
        do: Writes the parts of a few stores in one transaction.
        parts: By store id.
        rows: How many a part writes.
    """
    groups = _groups(parts, rows)
    threads = min(settings.FEED_CONNECTIONS, len(groups))
    written = sum(map(rows, parts.values()))
    if threads < 2 or written < _ENOUGH_FOR_TWO or connection.in_atomic_block:  # noqa: PLR2004 two
        return [do(group) for group in groups]
    queue: SimpleQueue[dict[int, _Part]] = SimpleQueue()
    for group in groups:
        queue.put(group)
    with ThreadPoolExecutor(threads - 1, "feed") as pool:
        others = [pool.submit(_elsewhere, queue, do) for _ in range(threads - 1)]
        done = _until_empty(queue, do)
        return done + [each for other in others for each in other.result()]


def _groups(parts: Mapping[int, _Part], rows: Callable[[_Part], int]) -> list[dict[int, _Part]]:
    """Stores that are written in one transaction: none keeps its orders waiting for long."""
    groups: list[dict[int, _Part]] = []
    last: dict[int, _Part] = {}
    for store_id, part in sorted(parts.items(), key=lambda of: of[0]):
        full = len(last) == _MOST_AT_ONCE or sum(map(rows, last.values())) + rows(part) > _ROWS_AT_ONCE
        if not groups or full:
            last = {}
            groups.append(last)
        last[store_id] = part
    return groups


def _elsewhere(queue: SimpleQueue[_Task], do: Callable[[_Task], _Done]) -> list[_Done]:
    """On a connection of this thread."""
    try:
        return _until_empty(queue, do)
    finally:
        connection.close()


def _until_empty(queue: SimpleQueue[_Task], do: Callable[[_Task], _Done]) -> list[_Done]:
    done: list[_Done] = []
    while True:
        try:
            task = queue.get_nowait()
        except Empty:
            return done
        done.append(do(task))
