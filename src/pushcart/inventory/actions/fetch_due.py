from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

from pushcart.inventory.actions.take_dropped import anything_dropped
from pushcart.inventory.jobs import fetch_hosted_feed, take_dropped_feeds
from pushcart.inventory.models import HostedFeed
from pushcart.kit import clock

if TYPE_CHECKING:
    from procrastinate.tasks import Task


def fetch_due(limit: int = 200) -> int:
    """Has the hosted feeds fetched that are due, each by a job of its own; counts those that were not asked for yet."""
    due = HostedFeed.objects.filter(due_at__lte=clock.now()).order_by("due_at").values_list("pk", flat=True)[:limit]
    return sum(_ask(fetch_hosted_feed, f"hosted-feed-{hosted_id}", hosted_id=hosted_id) for hosted_id in due)


def ask_for_dropped() -> int:
    """Has dropped feeds taken in where there are some: one job at a time."""
    return int(anything_dropped() and _ask(take_dropped_feeds, "dropped-feeds"))


def _ask(task: Task[Any, Any, Any], name: str, **arguments: int) -> bool:
    """One job that waits and one at work are enough: whatever else is due, they find."""
    try:
        with transaction.atomic():
            task.configure(lock=name, queueing_lock=name).defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True
