"""The files of imports in the state folder: kept as they came, so that one that broke off can be read again."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from pushcart.inventory.feed.errors import FeedError
from pushcart.kit.sheets.limits import MB
from pushcart.kit.sheets.spool import folder

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from pushcart.kit.sheets.spool import Readable

_PIECE = MB
_MUCH = 4 * MB


class Kept(NamedTuple):
    """A file as it came in: its bytes, and their SHA-256 in hex."""

    bytes: int
    sha256: str


def kept(import_id: int) -> Path:
    """Where the file of an import lies, as long as it is kept."""
    return folder() / f"{import_id}.feed"


def report_of(import_id: int) -> Path:
    """Where all that was said of its lines lies, as CSV."""
    return folder() / f"{import_id}.report.csv"


def keep(stream: Readable, import_id: int) -> Kept:
    """Writes the stream to the disk, a piece at a time. On disk once it returns.

    Raises:
        FeedError: it is larger than the operator allows, or the disk has no room; nothing is left of it.
    """
    file = kept(import_id)
    try:
        return _write(stream, file)
    except OSError as error:
        file.unlink(missing_ok=True)
        raise FeedError(f"The file could not be kept: {error.strerror or 'the disk has no room'}.") from error
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _write(stream: Readable, file: Path) -> Kept:
    size, sha256 = 0, hashlib.sha256()
    with file.open("wb") as out, ThreadPoolExecutor(1, "keep") as pool:
        going: Future[None] | None = None
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > settings.FEED_MOST_BYTES:
                raise FeedError(f"The file is larger than {settings.FEED_MOST_BYTES // MB:,} MB: send it in parts.")
            sha256.update(piece)
            out.write(piece)
            # On its way to the disk while the next pieces come: there is little to wait for at the end.
            if size >= _MUCH and (going is None or going.done()):
                _went(going)
                out.flush()
                going = pool.submit(os.fdatasync, out.fileno())
        _went(going)
        out.flush()
        os.fsync(out.fileno())
    return Kept(size, sha256.hexdigest())


def _went(going: Future[None] | None) -> None:
    """The disk tells of a failure once."""
    if going is not None:
        going.result()


def drop(import_id: int) -> None:
    """Removes what is kept of an import."""
    kept(import_id).unlink(missing_ok=True)
    report_of(import_id).unlink(missing_ok=True)
