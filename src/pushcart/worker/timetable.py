"""What has to be looked after, and how often.

Each task finds its work in the database: a run that is lost loses nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from django.db import close_old_connections

from pushcart.carts.actions.expire_due import expire_due
from pushcart.carts.actions.release_expired import release_expired
from pushcart.carts.actions.remind_due import remind_due
from pushcart.carts.actions.renew_due import renew_due
from pushcart.carts.actions.sweep import sweep
from pushcart.companies.actions.forget_old_answers import forget_old_answers
from pushcart.companies.actions.warn_of_certificates import warn_of_certificates
from pushcart.eligibility.actions.renew_all import renew_all
from pushcart.events.follow import follow
from pushcart.inventory.actions.end_broken_off import end_broken_off
from pushcart.inventory.actions.fetch_due import ask_for_dropped, fetch_due
from pushcart.inventory.actions.forget_changes import forget_changes
from pushcart.inventory.actions.forget_dropped import forget_dropped
from pushcart.inventory.actions.forget_files import forget_files
from pushcart.inventory.actions.resume_imports import resume_imports
from pushcart.inventory.actions.warn_aging import warn_aging
from pushcart.locator.actions.forget_changes import forget_changes as forget_place_changes
from pushcart.notifications.react import react
from pushcart.payments.actions.check_due import check_due
from pushcart.visits.actions.forget_old import forget_old
from pushcart.webhooks.actions.forget_attempts import forget_attempts
from pushcart.webhooks.actions.hand_over import hand_over
from pushcart.webhooks.actions.raise_silent import raise_silent
from pushcart.webhooks.actions.watch_lag import watch_lag
from pushcart.worker.closing import closing_due
from pushcart.worker.reconciling import reconcile_due
from pushcart.worker.rescue import rescue
from pushcart.worker.unsettled import tell_unsettled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_log = structlog.get_logger()


@dataclass
class Task:
    """Something to do every so many seconds of the machine's time; what it does follows the business clock."""

    name: str
    every: float
    run: Callable[[], int]
    due: float = field(default=0.0)


def timetable() -> list[Task]:
    """What has to be in time: none of it waits for another's server. The first is also run when an event is told."""
    return [
        Task("notifications", 1.0, lambda: follow("notifications", react)),
        Task("expire", 1.0, expire_due),
        Task("remind", 1.0, remind_due),
        Task("eligibility", 2.0, renew_all),
        Task("hosted feeds", 5.0, fetch_due),
        Task("dropped feeds", 5.0, ask_for_dropped),
        Task("old dropped feeds", 3600.0, forget_dropped),
        Task("aging feeds", 30.0, warn_aging),
        Task("unacknowledged", 2.0, raise_silent),
        Task("hand over", 5.0, hand_over),
        Task("lag", 10.0, watch_lag),
        Task("jobs", 5.0, rescue),
        Task("reconcile", 60.0, reconcile_due),
        Task("unsettled", 600.0, tell_unsettled),
        Task("stock changes", 60.0, forget_changes),
        Task("visits", 60.0, forget_old),
        Task("idempotent answers", 60.0, forget_old_answers),
        Task("place changes", 60.0, forget_place_changes),
        Task("imports", 10.0, resume_imports),
        Task("broken uploads", 60.0, end_broken_off),
        Task("kept feeds", 3600.0, forget_files),
        # At most 80,000 at a time: 8,000 pushes a second are forgotten as fast as they come.
        Task("attempts", 10.0, forget_attempts),
        Task("days", 60.0, closing_due),
        Task("certificates", 600.0, warn_of_certificates),
    ]


def payments() -> list[Task]:
    """What asks Stripe, and may have to wait for it."""
    return [
        Task("expired", 1.0, release_expired),
        # Unanswered payments are due after 30 s; swept so often, each is found within a minute.
        Task("sweep", 5.0, sweep),
        Task("renew", 15.0, renew_due),
        # Each account and card once a day; asked for every minute, so that a day's work is spread over it.
        Task("stripe", 60.0, check_due),
    ]


def run_due(tasks: Sequence[Task], now: float) -> float:
    """Runs what is due and returns the moment at which the next task is.

    A task that fails is logged and comes again in its turn; it keeps no other from running.
    """
    for task in tasks:
        if task.due <= now:
            task.due = now + task.every
            _run(task)
    return min(task.due for task in tasks)


def _run(task: Task) -> None:
    close_old_connections()
    started = time.monotonic()
    try:
        done = task.run()
    except Exception:  # noqa: BLE001 one task that fails must not stop the others
        _log.exception("timetable.failed", task=task.name)
        return
    if done:
        _log.info("timetable.ran", task=task.name, done=done, seconds=round(time.monotonic() - started, 3))
