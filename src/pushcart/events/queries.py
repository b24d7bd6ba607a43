from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Q, Subquery

from pushcart.events.models import Day, Event, Stream
from pushcart.kit import clock

if TYPE_CHECKING:
    from datetime import date

# What was stamped before midnight has committed by then, or belongs to the next day.
GRACE = timedelta(minutes=5)


def last_day_over() -> date:
    """The last day (UTC) that may be closed."""
    return (clock.now() - GRACE).date() - timedelta(days=1)


def streams_to_close() -> list[tuple[int, bool]]:
    """Company and kind (test or live) of each stream with a day that is over and has no digest."""
    of_stream = {"company_id": OuterRef("company_id"), "test": OuterRef("test")}
    closed = Day.objects.filter(**of_stream).order_by("-day").values("day")[:1]
    began = Event.objects.filter(**of_stream, number=1).values("created_at")[:1]
    streams = Stream.objects.annotate(closed=Subquery(closed), began=Subquery(began))
    over = last_day_over()
    midnight = datetime.combine(over + timedelta(days=1), time.min, UTC)
    open_ones = streams.filter(Q(closed=None, began__lt=midnight) | Q(closed__lt=over))
    return list(open_ones.order_by("pk").values_list("company_id", "test"))
