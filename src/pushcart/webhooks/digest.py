"""A day of a company's events in one line, by which it can show that it has them all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from pushcart.events.models import Event

if TYPE_CHECKING:
    from datetime import date

# What the chain of a day without events is, and where each day's begins.
START = "0" * 64


@dataclass(frozen=True)
class Digest:
    """`first` and `last` are numbers of the company's stream; 0 where nothing happened."""

    day: date
    count: int
    first: int
    last: int
    chain: str


def digest(company_id: int, day: date, *, test: bool = False) -> Digest:
    """The digest of one day (UTC) of a company's live or test events.

    The chain begins with 64 zeros; each event, in the order of their numbers, makes it the SHA-256, in hex, of the text
    `<chain><number>:<event id>`. Whoever kept the events of the day can reckon it and compare.
    """
    begin = datetime.combine(day, time.min, UTC)
    events = Event.objects.filter(
        company_id=company_id, test=test, created_at__gte=begin, created_at__lt=begin + timedelta(days=1)
    )
    numbers, chain = [], START
    for number, uid in events.order_by("number").values_list("number", "uid").iterator():
        chain = hashlib.sha256(f"{chain}{number}:{uid}".encode()).hexdigest()
        numbers.append(number)
    return Digest(day, len(numbers), min(numbers, default=0), max(numbers, default=0), chain)
