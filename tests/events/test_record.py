from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from pushcart.events.models import Event
from pushcart.events.record import record


def numbers(company_id: int, *, test: bool = False) -> list[int]:
    found = Event.objects.filter(company_id=company_id, test=test).order_by("number")
    return list(found.values_list("number", flat=True))


@pytest.mark.django_db
def test_it_numbers_each_companys_events_from_one():
    for _ in range(3):
        record("carts.ordered", companies=[7, 9])
    record("carts.ordered", companies=[9])
    assert numbers(7) == [1, 2, 3]
    assert numbers(9) == [1, 2, 3, 4]


@pytest.mark.django_db
def test_it_numbers_test_orders_by_themselves():
    record("carts.ordered", companies=[7])
    record("carts.ordered", companies=[7], test=True)
    assert (numbers(7), numbers(7, test=True)) == ([1], [1])


@pytest.mark.django_db
def test_it_records_once_for_a_company_named_twice():
    assert len(record("carts.ordered", companies=[7, 7])) == 1


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_stand_outside_a_transaction():
    with pytest.raises(RuntimeError, match="in the transaction that makes it true"):
        record("carts.ordered", companies=[7])
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_leaves_no_gap_where_a_transaction_fails():
    with transaction.atomic():
        record("carts.ordered", companies=[7])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record("carts.ordered", companies=[7])
        raise ZeroDivisionError
    with transaction.atomic():
        record("carts.ordered", companies=[7])
    assert numbers(7) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_it_is_gap_free_and_in_order_for_a_reader_beside_many_writers():
    """Whoever reads up to a number never finds a lower one later, however the writers commit."""
    writers, each = 6, 40
    start = threading.Barrier(writers + 1)
    failures: list[BaseException] = []

    def write(seed: int) -> None:
        try:
            start.wait(10)
            for n in range(each):
                with transaction.atomic():
                    # The two companies are named in either order: the streams are locked in one.
                    record("carts.ordered", companies=[7, 9] if (seed + n) % 2 else [9, 7])
        except BaseException as error:  # noqa: BLE001 handed to the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(writers)]
    for thread in threads:
        thread.start()
    start.wait(10)
    read: list[int] = []
    while len(read) < writers * each and not failures:
        after = read[-1] if read else 0
        read += Event.objects.filter(company_id=7, number__gt=after).order_by("number").values_list("number", flat=True)
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert read == list(range(1, writers * each + 1))
    assert numbers(9) == read


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["UPDATE events_event SET type = 'x'", "DELETE FROM events_event"])
def test_it_is_append_only_in_the_database(change):
    record("carts.ordered", companies=[7])
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert Event.objects.get().type == "carts.ordered"
