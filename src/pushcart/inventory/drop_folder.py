"""The drop folder: where retailers' files are found, opened and filed away.

Retailers write into this tree, and may put a link wherever a file or folder is expected. So nothing in it is named by a
path: each folder is opened in its parent, and a link is no folder.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from pushcart.companies.models import Company
from pushcart.kit import clock
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_log = structlog.get_logger()
# Whoever writes into the folder writes for a while; a file that has been left alone for so long is whole. By the
# machine's own time, which is the file system's.
SETTLED_SECONDS = 10
UNFINISHED = (".part", ".tmp", ".filepart", ".partial", ".crdownload", ".swp")
DONE, FAILED, DELTA = "done", "failed", "delta"
_OURS = (DONE, FAILED, DELTA)
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# Of a file's name, so that there is room for the time before it and ".report.txt" behind.
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Dropped:
    """A file that waits in a retailer's folder.

    Attributes:
        company: Whose folder it is.
        store: The one that it tells of; None: it says which itself.
        delta: It tells changes alone.
        folder: Where it lies, below the drop folder.
        name: What it is called there.
        written: When, in seconds since 1970.
        key: The same for the same file in the same state: 32 characters.
    """

    company: Company
    store: Store | None
    delta: bool
    folder: tuple[str, ...]
    name: str
    written: float
    key: str

    @property
    def place(self) -> str:
        """For people: below the retailer's own folder."""
        return "/".join((*self.folder[1:], self.name)).encode(errors="replace").decode()


def found() -> list[Dropped]:
    """The files that are whole, the oldest first. None where the operator has no drop folder."""
    if not settings.DROP_FOLDER:
        return []
    companies = Company.objects.filter(kind=Company.Kind.RETAILER, slug__in=_folders())
    return sorted((one for company in companies for one in _of(company)), key=lambda one: one.written)


def retailers() -> list[str]:
    """The names of the folders in the drop folder."""
    return _folders() if settings.DROP_FOLDER else []


def opened(one: Dropped) -> BinaryIO:
    """The file, to be read.

    Raises:
        FileNotFoundError: it is gone, or another one, or a link is in its place.
        OSError: it can't be read.
    """
    with folder(*one.folder) as here:
        if _key(one.folder, one.name, _status(one.name, here)) != one.key:
            raise FileNotFoundError(one.name)
        stream = os.fdopen(os.open(one.name, _READ, dir_fd=here), "rb")
    status = os.fstat(stream.fileno())
    if not _is_plain(status) or _key(one.folder, one.name, status) != one.key:
        stream.close()
        raise FileNotFoundError(one.name)
    return stream


def file_away(one: Dropped, into: str, report: str) -> None:
    """Moves the file to `done` or `failed` of its retailer, with a report beside it.

    The time goes before its name: the same name may come every day. A file that took its place stays where it is.

    Raises:
        OSError: there is no such folder and none can be made, or it can't be written.
    """
    name = f"{clock.now():%Y%m%d-%H%M%S-%f}-".encode() + os.fsencode(one.name)[-_LONGEST_NAME:]
    with folder(*one.folder) as here, folder(one.folder[0]) as mine:
        with suppress(FileExistsError):
            os.mkdir(into, dir_fd=mine)
        with folder(*one.folder[:1], into) as away:
            with suppress(FileNotFoundError):
                if _key(one.folder, one.name, _status(one.name, here)) == one.key:
                    os.rename(one.name, name, src_dir_fd=here, dst_dir_fd=away)
            with os.fdopen(os.open(name + b".report.txt", _WRITE, 0o644, dir_fd=away), "w") as out:
                out.write(report)


@contextmanager
def folder(*names: str) -> Iterator[int]:
    """A descriptor of the folder below the drop folder, reached without following a link. Raises OSError."""
    here = os.open(settings.DROP_FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names:
            inner = os.open(name, _FOLDER, dir_fd=here)
            os.close(here)
            here = inner
        yield here
    finally:
        os.close(here)


def files(here: int) -> Iterator[tuple[str, os.stat_result]]:
    """The plain files in a folder: neither links nor files that have a second name elsewhere."""
    for entry in os.scandir(here):
        with suppress(FileNotFoundError):
            status = entry.stat(follow_symlinks=False)
            if _is_plain(status):
                yield entry.name, status


def _of(company: Company) -> Iterator[Dropped]:
    mine = company.slug
    inner = set(_folders(mine)) - set(_OURS)
    places: list[tuple[Store | None, tuple[str, ...]]] = [(None, (mine,))]
    places += [(store, (mine, store.number)) for store in Store.objects.filter(company=company, number__in=inner)]
    for store, names in places:
        yield from _settled(company, store, names, delta=False)
        if DELTA in _folders(*names):
            yield from _settled(company, store, (*names, DELTA), delta=True)


def _settled(company: Company, store: Store | None, names: tuple[str, ...], *, delta: bool) -> list[Dropped]:
    now = time.time()
    settled = []
    try:
        with folder(*names) as here:
            for name, status in files(here):
                # A time that lies ahead was brought along by whoever sent the file.
                written = status.st_mtime if status.st_mtime <= now else status.st_ctime
                unfinished = name.startswith(".") or name.lower().endswith(UNFINISHED)
                if not unfinished and written <= now - SETTLED_SECONDS:
                    key = _key(names, name, status)
                    settled.append(Dropped(company, store, delta, names, name, written, key))
    except OSError as error:  # gone meanwhile, or its owner shut us out; the other retailers' files are found
        _log.warning("inventory.drop_unreadable", folder="/".join(names), error=str(error))
    return settled


def _folders(*names: str) -> list[str]:
    try:
        with folder(*names) as here:
            return [entry.name for entry in os.scandir(here) if entry.is_dir(follow_symlinks=False)]
    except OSError as error:
        _log.warning("inventory.drop_unreadable", folder="/".join(names), error=str(error))
        return []


def _status(name: str, here: int) -> os.stat_result:
    return os.stat(name, dir_fd=here, follow_symlinks=False)


def _is_plain(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def _key(names: tuple[str, ...], name: str, status: os.stat_result) -> str:
    known = [os.fsencode(part) for part in (*names, name)]
    known += [str(number).encode() for number in (status.st_ino, status.st_mtime_ns, status.st_size)]
    return hashlib.blake2b(b"\0".join(known), digest_size=16).hexdigest()
