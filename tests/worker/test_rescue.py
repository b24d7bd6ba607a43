from __future__ import annotations

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from pushcart.notifications.jobs import send_notice
from pushcart.worker.rescue import rescue

pytestmark = pytest.mark.django_db


def job(status, *, worker_silent_for=None):
    """A job that a worker has, which gave its last sign of life so many seconds ago; None: the worker is forgotten."""
    pk = send_notice.defer(notice_id=1)
    with connection.cursor() as cursor:
        worker = None
        if worker_silent_for is not None:
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - make_interval(secs => %s)) RETURNING id",
                [worker_silent_for],
            )
            worker = cursor.fetchone()[0]
        if status == "doing":
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [worker, pk])
    return ProcrastinateJob.objects.get(pk=pk)


@pytest.mark.parametrize("silent_for", [None, 40])
def test_it_gives_the_jobs_of_the_dead_to_the_living(silent_for):
    left = job("doing", worker_silent_for=silent_for)
    assert rescue() == 1
    left = ProcrastinateJob.objects.get(pk=left.pk)
    assert (left.status, left.attempts, left.args) == ("todo", 1, {"notice_id": 1})
    assert rescue() == 0


def test_it_leaves_those_of_the_living_and_those_that_wait():
    busy, waiting = job("doing", worker_silent_for=5), job("todo")
    assert rescue() == 0
    assert [ProcrastinateJob.objects.get(pk=each.pk).status for each in (busy, waiting)] == ["doing", "todo"]
