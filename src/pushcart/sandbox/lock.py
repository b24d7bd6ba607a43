"""One process at a time, by a lock that the kernel gives back however its holder ends."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class HeldElsewhereError(Exception):
    """Another process holds the lock; the message is what that one left in the file."""


@contextmanager
def held(path: Path, *, wait: bool = True, note: str = "") -> Iterator[None]:
    """Holds the lock `path` for the time of the block; `note` stands in the file for whoever comes meanwhile.

    Raises:
        HeldElsewhereError: Another process holds it, and `wait` is false.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HeldElsewhereError(path.read_text().strip()) from None
        file.truncate(0)
        file.write(note)
        file.flush()
        yield
