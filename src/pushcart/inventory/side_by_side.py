from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_Task = TypeVar("_Task")
_Done = TypeVar("_Done")

# Below so many rows, one connection is done before a second one is open.
_ENOUGH_FOR_TWO = 10_000


def side_by_side(do: Callable[[_Task], _Done], tasks: Collection[_Task], *, rows: int) -> list[_Done]:
    """Does the tasks on several connections where they write so many `rows` that it pays, and returns what each gave.

    Within a transaction they are done one after the other: nobody else sees what that has written.
    """
    threads = min(settings.FEED_CONNECTIONS, len(tasks))
    if threads < 2 or rows < _ENOUGH_FOR_TWO or connection.in_atomic_block:  # noqa: PLR2004 two
        return [do(task) for task in tasks]
    queue: SimpleQueue[_Task] = SimpleQueue()
    for task in tasks:
        queue.put(task)
    with ThreadPoolExecutor(threads - 1, "feed") as pool:
        others = [pool.submit(_elsewhere, queue, do) for _ in range(threads - 1)]
        done = _until_empty(queue, do)
        return done + [each for other in others for each in other.result()]


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
