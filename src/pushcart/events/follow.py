"""Reacting to events: every event of every stream, in order, none skipped, none twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from pushcart.events.models import Event, Follower

if TYPE_CHECKING:
    from collections.abc import Callable

_STREAMS_WITH_NEWS = """
SELECT s.company_id, s.test
FROM events_stream s LEFT JOIN events_follower f ON f.name = %s AND f.company_id = s.company_id AND f.test = s.test
WHERE s.last > coalesce(f.number, 0)
ORDER BY s.company_id, s.test
"""


def follow(name: str, react: Callable[[list[Event]], None], *, limit: int = 500) -> int:
    """Hands `react` the events that it has not seen, one stream at a time, and returns how many there were.

    What `react` writes and the bookmark commit together. A stream that another process reads just now is left to it.
    At most `limit` events of each stream a call: call again until it returns 0. Where `react` fails, the stream stays
    where it was and the others are read all the same.

    Raises:
        ExceptionGroup: what failed, once all streams were read.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STREAMS_WITH_NEWS, [name])
        streams: list[tuple[int, bool]] = cursor.fetchall()
    handed, failures = 0, []
    for company_id, test in streams:
        try:
            handed += _follow_stream(name, company_id, test, react, limit)
        except Exception as failure:  # noqa: BLE001 raised below, with the others
            failure.add_note(f"The stream of company {company_id}{', test' if test else ''}.")
            failures.append(failure)
    if failures:
        raise ExceptionGroup(f"{name} failed for {len(failures)} of {len(streams)} streams.", failures)
    return handed


def _follow_stream(name: str, company_id: int, test: bool, react: Callable[[list[Event]], None], limit: int) -> int:
    mark = {"name": name, "company_id": company_id, "test": test}
    Follower.objects.bulk_create([Follower(**mark)], ignore_conflicts=True)
    with transaction.atomic():
        bookmark = Follower.objects.select_for_update(skip_locked=True).filter(**mark).first()
        if bookmark is None:
            return 0
        news = list(
            Event.objects.filter(company_id=company_id, test=test, number__gt=bookmark.number).order_by("number")[
                :limit
            ]
        )
        if news:
            react(news)
            bookmark.number = news[-1].number
            bookmark.save(update_fields=["number"])
        return len(news)
