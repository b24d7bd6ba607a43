from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import DatabaseError

from pushcart.companies.models import Company
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.inventory.models import Import
from pushcart.kit import clock
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = structlog.get_logger()
# Whoever writes into the folder writes for a while; a file that has been left alone for so long is whole. By the
# machine's own time, which is the file system's.
SETTLED_SECONDS = 10
UNFINISHED = (".part", ".tmp", ".filepart", ".partial", ".crdownload", ".swp")
DONE, FAILED = "done", "failed"
KEPT_DAYS = 14
_DAY = 86_400


def take_dropped() -> int:
    """Takes in the feeds that were dropped into the retailers' folders, the oldest first, and counts them.

    The folder is `PUSHCART_DROP_FOLDER`. A file in `<retailer's slug>/` tells of the stores that it names, one in
    `<retailer's slug>/<store's number>/` of that store. It is left where it is until it was taken in; so a worker that
    dies in between begins again. Then it is moved to `done/` or `failed/` of its retailer, with a report beside it, and
    kept there for 14 days.
    """
    taken = 0
    for path, company, store in sorted(_found(), key=lambda found: _written(found[0])):
        try:
            feed = _take(path, company, store)
        except DatabaseError:
            raise  # it comes back, and the file is still there
        except Exception:  # noqa: BLE001 a file on which we fail must not keep the others from coming in
            _log.exception("inventory.drop_failed", company=company.slug, file=path.name)
            _file_away(path, FAILED, "It could not be taken in; the operator finds out why.\n")
        else:
            _file_away(path, FAILED if feed.state == Import.State.FAILED else DONE, _report(feed))
            _log.info("inventory.dropped", company=company.slug, file=path.name, feed=feed.pk, state=feed.state)
        taken += 1
    return taken


def anything_dropped() -> bool:
    """Whether there is a file to take in now."""
    return any(True for _ in _found())


def forget_dropped() -> int:
    """Removes what was filed away two weeks ago; counts the files."""
    oldest = time.time() - KEPT_DAYS * _DAY
    folders = [company / name for company in _companies() for name in (DONE, FAILED)]
    old = [path for folder in folders for path in _files(folder) if path.lstat().st_mtime < oldest]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _found() -> Iterator[tuple[Path, Company, Store | None]]:
    folders = {folder.name: folder for folder in _companies()}
    for company in Company.objects.filter(kind=Company.Kind.RETAILER, slug__in=folders):
        folder = folders[company.slug]
        yield from ((path, company, None) for path in _settled(folder))
        inner = {inside.name: inside for inside in _folders(folder)}
        for store in Store.objects.filter(company=company, number__in=inner):
            yield from ((path, company, store) for path in _settled(inner[store.number]))


def _companies() -> Iterator[Path]:
    """None where the operator has no drop folder."""
    if settings.DROP_FOLDER:
        yield from _folders(Path(settings.DROP_FOLDER))


def _folders(folder: Path) -> Iterator[Path]:
    """Its own folders; a link may lead anywhere, so none is followed."""
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if stat.S_ISDIR(path.lstat().st_mode))


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if stat.S_ISREG(path.lstat().st_mode))


def _settled(folder: Path) -> Iterator[Path]:
    for path in _files(folder):
        unfinished = path.name.startswith(".") or path.name.lower().endswith(UNFINISHED)
        if not unfinished and _written(path) <= time.time() - SETTLED_SECONDS:
            yield path


def _written(path: Path) -> float:
    return path.lstat().st_mtime


def _take(path: Path, company: Company, store: Store | None) -> Import:
    place = f"{store.number}/{path.name}" if store else path.name
    # Between the look and this somebody may have put a link in its place.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
        return import_feed(company, stream, source=f"dropped: {place}", store=store)


def _file_away(path: Path, into: str, report: str) -> None:
    """Beside the file, or beside its store's folder, with the time in its name: the same name may come every day."""
    mine = path.parent if path.parent.parent == Path(settings.DROP_FOLDER) else path.parent.parent
    (mine / into).mkdir(exist_ok=True)
    away = mine / into / f"{clock.now():%Y%m%d-%H%M%S-%f}-{path.name}"
    path.rename(away)
    os.utime(away)  # from now on it is kept for its days
    away.with_name(f"{away.name}.report.txt").write_text(report)


def _report(feed: Import) -> str:
    lines = [
        f"Import {feed.pk}: {feed.state}",
        f"{feed.rows:,} rows read, {feed.changed:,} products changed",
        f"{feed.repaired_count:,} put right, {feed.refused_count:,} set aside",
    ]
    if feed.error:
        lines.append(feed.error)
    lines += [f"line {remark['line']}: {remark['cause']}" for remark in feed.refused]
    return "\n".join(lines) + "\n"
