from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta

from django.db import transaction
from django.db.models import Max

from pushcart.events.models import START, Day, Event
from pushcart.events.queries import last_day_over


def close_days(company_id: int, *, test: bool) -> int:
    """Writes the digest of each day (UTC) of a company's live or test events that is over and has none.

    A day is cut by number: it holds what follows the last number of the day before, up to the greatest number that was
    stamped before midnight. An event that was stamped in time and committed late is the next day's, so that a digest
    never changes, and together they hold every event once.

    Returns:
        How many were written.
    """
    stream = {"company_id": company_id, "test": test}
    written = 0
    before = Day.objects.filter(**stream).order_by("-day").first()
    if before is None:
        first = Event.objects.filter(**stream).order_by("number").first()
        if first is None:
            return 0
        before = Day(**stream, day=first.created_at.astimezone(UTC).date() - timedelta(days=1), last=0, chain=START)
    while before.day < last_day_over():
        digest = _digest(before)
        with transaction.atomic():
            # Another worker may have been faster, and then its digest is the one.
            Day.objects.bulk_create([digest], ignore_conflicts=True)
            before = Day.objects.get(**stream, day=digest.day)
        written += 1
    return written


def _digest(before: Day) -> Day:
    day = before.day + timedelta(days=1)
    midnight = datetime.combine(day + timedelta(days=1), time.min, UTC)
    news = Event.objects.filter(company_id=before.company_id, test=before.test, number__gt=before.last)
    last: int = news.filter(created_at__lt=midnight).aggregate(last=Max("number"))["last"] or before.last
    chain = before.chain
    for number, uid in news.filter(number__lte=last).order_by("number").values_list("number", "uid").iterator():
        chain = hashlib.sha256(f"{chain}{number}:{uid}".encode()).hexdigest()
    return Day(
        company_id=before.company_id,
        test=before.test,
        day=day,
        first=before.last + 1,
        last=last,
        start=before.chain,
        chain=chain,
    )
