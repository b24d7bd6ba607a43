from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from pushcart.events.models import Event
from pushcart.events.record import record
from pushcart.inventory.actions.receive_feed import receive_feed
from pushcart.inventory.actions.run_import import run_import
from pushcart.inventory.drop_folder import DONE, FAILED, file_away, found, opened
from pushcart.inventory.models import Import
from pushcart.kit import clock

if TYPE_CHECKING:
    from pushcart.inventory.drop_folder import Dropped

_log = structlog.get_logger()
_OPEN = (Import.State.RECEIVED, Import.State.RUNNING)
# Of one retailer at a time, so that thousands of files keep no other's waiting.
_MOST_OF_ONE = 20
_STUCK = "inventory.drop_stuck"


def take_dropped() -> int:
    """Takes in the feeds that were dropped into the retailers' folders, the oldest first, and counts them.

    The folder is `PUSHCART_DROP_FOLDER`. A file in `<retailer's slug>/` tells of the stores that it names, one in
    `<retailer's slug>/<store's number>/` of that store; one in the folder `delta` of either tells changes. It is left
    where it is until it was taken in; so a worker that dies in between goes on. Then it is moved to `done/` or
    `failed/` of its retailer, with a report beside it, and kept there for 14 days. Each file counts once, even where it
    can't be moved: then its owner is told (`inventory.drop_stuck` with `{file, error}`, once a day).
    """
    taken, of_company = 0, Counter[int]()
    for one in found():
        of_company[one.company.pk] += 1
        if of_company[one.company.pk] > _MOST_OF_ONE:
            continue
        try:
            taken += _take(one)
        except (OperationalError, InterfaceError):
            raise  # the database comes back, and the file is still there
        except Exception:  # noqa: BLE001 a file on which we fail must not keep the others from coming in
            _log.exception("inventory.drop_failed", company=one.company.slug, file=one.place)
    return taken


def anything_dropped() -> bool:
    """Whether there is a file to take in now; one that was, and can't be moved away, is none."""
    return any((feed := _known(one)) is None or feed.state in _OPEN for one in found())


def file_stuck() -> int:
    """Moves away what was taken in and could not be moved before; counts the files."""
    done = [(one, feed) for one in found() if (feed := _known(one)) is not None and feed.state not in _OPEN]
    return sum(_file(one, feed, tell=False) for one, feed in done)


def _take(one: Dropped) -> bool:
    """Whether it was taken in now."""
    feed, known = _known(one), True
    if feed is None:
        feed, known = _receive(one), False
    if feed is None:
        return False
    if feed.state in _OPEN:
        feed, known = run_import(feed.pk), False
    if feed.state in _OPEN:  # another process reads it
        return False
    _file(one, feed, tell=not known)
    return not known


def _known(one: Dropped) -> Import | None:
    """The import of this very file; none where it is new, or whoever took it did not get to its end."""
    same = Import.objects.filter(company=one.company, dropped=one.key)
    return same.filter(Q(kept=True) | ~Q(state=Import.State.RECEIVED)).order_by("-pk").first()


def _receive(one: Dropped) -> Import | None:
    """None where it is gone meanwhile, or a link is in its place."""
    brought: dict[str, Any] = {
        "source": f"dropped: {one.place}"[:200],
        "by": "drop folder",
        "store": one.store,
        "dropped": one.key,
    }
    try:
        with opened(one) as stream:
            return receive_feed(one.company, stream, delta=one.delta, **brought)
    except FileNotFoundError:
        return None
    except OSError as error:
        cause = f"The file can't be read: {error.strerror}. Whoever puts it there must let us."
        ended = {"state": Import.State.FAILED, "error": cause, "finished_at": clock.now()}
        return Import.objects.create(company=one.company, **brought, **ended)


def _file(one: Dropped, feed: Import, *, tell: bool) -> bool:
    into = FAILED if feed.state == Import.State.FAILED else DONE
    try:
        file_away(one, into, _report(feed))
    except OSError as error:
        _log.warning(_STUCK, company=one.company.slug, file=one.place, feed=feed.pk, error=str(error))
        if tell:
            _tell(one, f"{into}: {error.strerror}")
        return False
    _log.info("inventory.dropped", company=one.company.slug, file=one.place, feed=feed.pk, state=feed.state)
    return True


def _tell(one: Dropped, error: str) -> None:
    lately = clock.now() - timedelta(days=1)
    with transaction.atomic():
        if not Event.objects.filter(company_id=one.company.pk, type=_STUCK, created_at__gt=lately).exists():
            record(_STUCK, companies=[one.company.pk], data={"file": one.place, "error": error})


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
