from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from pushcart.events.follow import follow
from pushcart.events.models import Event, Follower
from pushcart.events.record import record


def recorded(count: int, *companies: int) -> None:
    for _ in range(count):
        with transaction.atomic():
            record("carts.ordered", companies=companies)


class Reader:
    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def __call__(self, events: list[Event]) -> None:
        self.seen += [(event.company_id, event.number) for event in events]


@pytest.mark.django_db
def test_it_hands_over_each_event_once_in_order():
    read = Reader()
    recorded(2, 7, 9)
    assert follow("reader", read) == 4
    assert read.seen == [(7, 1), (7, 2), (9, 1), (9, 2)]
    assert follow("reader", read) == 0
    recorded(1, 9)
    assert follow("reader", read) == 1
    assert read.seen[4:] == [(9, 3)]


@pytest.mark.django_db
def test_a_stream_that_fails_keeps_no_other_from_being_read():
    read = Reader()
    recorded(2, 7, 9)

    def fail_for_7(events: list[Event]) -> None:
        if events[0].company_id == 7:
            raise ValueError("no letter for this")
        read(events)

    with pytest.raises(ExceptionGroup, match="reader failed for 1 of 2 streams") as failed:
        follow("reader", fail_for_7)

    assert [str(failure) for failure in failed.value.exceptions] == ["no letter for this"]
    assert read.seen == [(9, 1), (9, 2)]
    assert follow("reader", read) == 2
    assert read.seen[2:] == [(7, 1), (7, 2)]


@pytest.mark.django_db
def test_it_keeps_a_bookmark_for_each_follower():
    first, second = Reader(), Reader()
    recorded(1, 7)
    assert follow("first", first) == 1
    assert follow("second", second) == 1


@pytest.mark.django_db
def test_it_reads_no_more_than_the_limit_at_once():
    read = Reader()
    recorded(5, 7)
    assert [follow("reader", read, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert read.seen == [(7, n) for n in range(1, 6)]


@pytest.mark.django_db(transaction=True)
def test_it_hands_over_again_what_the_reaction_did_not_finish():
    recorded(1, 7)

    def fail(events: list[Event]) -> None:
        Follower.objects.create(name="trace", company_id=1, test=False)
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup):
        follow("reader", fail)
    assert not Follower.objects.filter(name="trace").exists()
    read = Reader()
    assert follow("reader", read) == 1


@pytest.mark.django_db(transaction=True)
def test_it_leaves_a_stream_to_the_process_that_reads_it():
    recorded(1, 7)
    inside, leave = threading.Event(), threading.Event()

    def slow(events: list[Event]) -> None:
        inside.set()
        assert leave.wait(10)

    def run() -> None:
        follow("reader", slow)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert inside.wait(10)
    read = Reader()
    assert follow("reader", read) == 0
    leave.set()
    thread.join(10)
    assert follow("reader", read) == 0
    assert read.seen == []
