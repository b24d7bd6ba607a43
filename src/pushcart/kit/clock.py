"""The time that PushCart lives by.

A live installation has the machine's time. The sandbox gives all its processes one small file, `settings.CLOCK_FILE`,
that holds how far its clock was moved; every process maps it into memory, so a move is seen by all of them at once.
Signatures and time-outs are matters between machines and keep the machine's own time.
"""

from __future__ import annotations

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# The file: how far the clock was moved, in microseconds, and the moment it is stopped at (0: it runs).
_LAYOUT = struct.Struct("<qq")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class ClockIsFixedError(RuntimeError):
    """Only a sandbox's clock can be moved."""


class _Hand:
    """Where this process reads how far the clock was moved: nowhere, in a live installation."""

    offset: mmap.mmap | bytearray | None = None


def now() -> datetime:
    """The present moment, aware, in UTC."""
    if _Hand.offset is None:
        return datetime.now(UTC)
    moved, stopped = _LAYOUT.unpack_from(_Hand.offset)
    if stopped:
        return _EPOCH + timedelta(microseconds=stopped)
    return _EPOCH + timedelta(microseconds=time.time_ns() // 1000 + moved)


def move(by: timedelta) -> datetime:
    """Moves the sandbox's clock for all its processes and returns the new present.

    Raises:
        ClockIsFixedError: this installation's clock can't be moved.
    """
    moved, stopped = _LAYOUT.unpack_from(_movable())
    if stopped:
        stopped += by // _MICROSECOND
    else:
        moved += by // _MICROSECOND
    _LAYOUT.pack_into(_movable(), 0, moved, stopped)
    return now()


def move_to(moment: datetime) -> datetime:
    """Sets the sandbox's clock to `moment`; it goes on running from there."""
    _LAYOUT.pack_into(_movable(), 0, (moment - datetime.now(UTC)) // _MICROSECOND, 0)
    return now()


def freeze(moment: datetime) -> datetime:
    """Stops the sandbox's clock at `moment`, until it is moved to a time or reset."""
    _LAYOUT.pack_into(_movable(), 0, 0, (moment - _EPOCH) // _MICROSECOND)
    return now()


def reset() -> None:
    """Gives the sandbox the machine's own time again."""
    _LAYOUT.pack_into(_movable(), 0, 0, 0)


def use_settings() -> None:
    """Follows `settings.CLOCK_FILE`, which only the sandbox's settings name."""
    from django.conf import settings

    if settings.CLOCK_FILE is None:
        _Hand.offset = None
    else:
        use_file(settings.CLOCK_FILE)


def use_file(path: Path) -> None:
    """Shares the clock with every other process that uses this file; makes it if it isn't there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if path.stat().st_size < _LAYOUT.size:
            file.truncate(_LAYOUT.size)
        _Hand.offset = mmap.mmap(file.fileno(), _LAYOUT.size)


def _movable() -> mmap.mmap | bytearray:
    if _Hand.offset is None:
        raise ClockIsFixedError("This installation lives by the machine's time; only a sandbox's clock can be moved.")
    return _Hand.offset
