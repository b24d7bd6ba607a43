"""Writing an event: the last step of the transaction that makes it true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from pushcart.events.models import Event
from pushcart.kit import clock, traces

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Wakes whoever follows events, as soon as the transaction has committed.
CHANNEL = "pushcart_events"

_NEXT_NUMBERS = """
INSERT INTO events_stream AS stream (company_id, test, last) VALUES (%s, %s, %s)
ON CONFLICT (company_id, test) DO UPDATE SET last = stream.last + excluded.last
RETURNING last
"""

_LOCK = """
INSERT INTO events_stream (company_id, test, last) VALUES (%s, %s, 0)
ON CONFLICT (company_id, test) DO UPDATE SET last = events_stream.last
"""


def record(
    event_type: str,
    *,
    companies: Iterable[int],
    test: bool = False,
    cart_id: int | None = None,
    cart_hash: str = "",
    sequence: int | None = None,
    data: dict[str, Any] | None = None,
) -> list[Event]:
    """Appends one event to the stream of each company, within the present transaction, and returns them.

    Call it last: it locks the companies' streams until the commit, in the order of their ids, so that two transactions
    never wait for each other in a circle.

    Raises:
        RuntimeError: there is no transaction to stand in.
    """
    _must_stand_in_a_transaction()
    at, traceparent = clock.now(), _traceparent(cart_id)
    with connection.cursor() as cursor:
        events = [
            Event(
                company_id=company_id,
                test=test,
                number=_next_numbers(cursor, company_id, test=test)[0],
                type=event_type,
                created_at=at,
                cart_id=cart_id,
                cart_hash=cart_hash,
                sequence=sequence,
                data=data or {},
                traceparent=traceparent,
            )
            for company_id in sorted(set(companies))
        ]
        _append(cursor, events)
    return events


def record_each(event_type: str, *, company_id: int, data: Sequence[dict[str, Any]]) -> None:
    """Appends an event for each of the `data` to a company's stream at once, otherwise as `record` does.

    Raises:
        RuntimeError: there is no transaction to stand in.
    """
    _must_stand_in_a_transaction()
    if not data:
        return
    at, traceparent = clock.now(), traces.current()
    with connection.cursor() as cursor:
        numbers = _next_numbers(cursor, company_id, test=False, count=len(data))
        events = [
            Event(
                company_id=company_id,
                test=False,
                number=number,
                type=event_type,
                created_at=at,
                data=each,
                traceparent=traceparent,
            )
            for number, each in zip(numbers, data, strict=True)
        ]
        _append(cursor, events)


def lock_streams(companies: Iterable[int], *, test: bool) -> None:
    """For a transaction that records several events of different companies: locks all their streams, before the first.

    Each record by itself locks in the order of ids, but one after the other they would not.
    """
    with connection.cursor() as cursor:
        for company_id in sorted(set(companies)):
            cursor.execute(_LOCK, [company_id, test])


def _must_stand_in_a_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("An event is recorded in the transaction that makes it true.")


def _append(cursor: Any, events: list[Event]) -> None:
    Event.objects.bulk_create(events)
    cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def _next_numbers(cursor: Any, company_id: int, *, test: bool, count: int = 1) -> range:
    cursor.execute(_NEXT_NUMBERS, [company_id, test, count])
    last: int = cursor.fetchone()[0]
    return range(last - count + 1, last + 1)


def trace_of(cart_id: int) -> str:
    """The `traceparent` of what first happened to a cart: the request that ordered it. Empty: it had none."""
    first = Event.objects.filter(cart_id=cart_id).order_by("sequence").values_list("traceparent", flat=True)
    return first.first() or ""


def _traceparent(cart_id: int | None) -> str:
    """Of the present request; what happens without one (a window runs out) goes on with the order's own."""
    here = traces.current()
    if here or cart_id is None or not traces.recording():
        return here
    return trace_of(cart_id)
