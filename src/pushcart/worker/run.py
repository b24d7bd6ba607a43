"""The worker: what has to be in time in one thread, payments in another, the jobs in the process's main one.

Neither a card network that does not answer nor a feed of a million rows keeps a window from closing or a letter from
being sent: each has its own thread, and letters have places that no other job takes.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import structlog
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from pushcart.events.record import CHANNEL
from pushcart.worker.timetable import payments, run_due, timetable

if TYPE_CHECKING:
    from collections.abc import Callable

    from procrastinate import App

    from pushcart.worker.timetable import Task

_log = structlog.get_logger()
# The queues, by how many of their jobs are done at once.
LETTERS = ["notices"]
OTHERS = ["digests", "feeds", "reconciliation"]
LETTERS_AT_ONCE = 4
OTHERS_AT_ONCE = 4
# Jobs come at once by LISTEN; where a notification is missed, so many seconds later.
MISSED_JOBS_EVERY = 0.5


def run() -> None:
    """Works until the process is told to stop (SIGTERM, SIGINT): what is at work is finished first."""
    stopping = threading.Event()
    clockwork = [
        threading.Thread(target=_keep_time, args=(tasks, stopping.is_set), name=name)
        for name, tasks in (("timetable", timetable()), ("payments", payments()))
    ]
    for thread in clockwork:
        thread.start()
    try:
        while not _jobs_done():
            time.sleep(1)
    finally:
        stopping.set()
        for thread in clockwork:
            thread.join()


def _jobs_done() -> bool:
    """Runs jobs until the process is told to stop; False where the database went away meanwhile."""
    # An app of its own: tasks go on being deferred through Django's connection, in the transaction of the rows that
    # they are about. Replacing the app's connector would take that away from the timetable's thread.
    jobs = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    stopped = True
    try:
        asyncio.run(_do_jobs(jobs))
    except* ConnectorException:
        # It comes back, and with it all jobs; one that was at work is rescued.
        _log.exception("worker.interrupted")
        stopped = False
    return stopped


async def _do_jobs(jobs: App) -> None:
    """Letters hear the signal to stop, and the others stop with them."""
    async with jobs.open_async(), asyncio.TaskGroup() as group:
        others = group.create_task(
            jobs.run_worker_async(
                queues=OTHERS,
                concurrency=OTHERS_AT_ONCE,
                name="worker",
                fetch_job_polling_interval=MISSED_JOBS_EVERY,
                install_signal_handlers=False,
            )
        )
        await jobs.run_worker_async(
            queues=LETTERS,
            concurrency=LETTERS_AT_ONCE,
            name="letters",
            fetch_job_polling_interval=MISSED_JOBS_EVERY,
        )
        others.cancel()


def _keep_time(tasks: list[Task], stopping: Callable[[], bool]) -> None:
    """Runs what is due, and at once when something happened."""
    while not stopping():
        try:
            following = run_due(tasks, time.monotonic())
            woken = _sleep_until(following)
        except Exception:  # noqa: BLE001 whatever it is, orders must go on being looked after
            # The database is away: it comes back, and with it everything that was due.
            _log.exception("worker.interrupted")
            connection.close()
            time.sleep(1)
            continue
        if woken:
            tasks[0].due = 0.0
    connection.close()


def _sleep_until(moment: float) -> bool:
    """Sleeps until then, or until an event is told; whether one was."""
    patience = max(0.0, moment - time.monotonic())
    connection.ensure_connection()
    raw = connection.connection
    raw.execute(f"LISTEN {CHANNEL}")
    return any(True for _ in raw.notifies(timeout=patience, stop_after=1))
