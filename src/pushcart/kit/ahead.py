from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Item = TypeVar("_Item")
_OVER = object()


def ahead(items: Iterable[_Item]) -> Iterator[_Item]:
    """The same items; the next one is made on a thread of its own while the caller has this one.

    What making one raises is raised where its turn is. `items` must not touch the database: the thread has no
    connection.
    """
    making = iter(items)
    with ThreadPoolExecutor(1, "ahead") as pool:
        following = pool.submit(next, making, _OVER)
        while (item := following.result()) is not _OVER:
            following = pool.submit(next, making, _OVER)
            yield item  # type: ignore[misc]  # it is one of theirs
