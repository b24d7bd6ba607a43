from __future__ import annotations

from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from pushcart.inventory import lock
from pushcart.inventory.jobs import read_feed
from pushcart.inventory.models import Import


def resume_imports() -> int:
    """Hands the feeds that nobody reads, and whose file is kept, to the worker, and counts them.

    So a feed whose reader was killed goes on where it stood, and one that was to be read later is.
    """
    waiting = Import.objects.filter(state__in=[Import.State.RECEIVED, Import.State.RUNNING], kept=True).order_by("id")
    return sum(_resume(import_id) for import_id in waiting.values_list("pk", flat=True))


def _resume(import_id: int) -> bool:
    with lock.reading(import_id) as alone, transaction.atomic():
        if not alone or _has_job(import_id):
            return False
        read_feed.defer(import_id=import_id)
    return True


def _has_job(import_id: int) -> bool:
    """Whether a worker will read it, or one died in the middle, whose jobs are rescued."""
    jobs = ProcrastinateJob.objects.filter(task_name=read_feed.name, status__in=["todo", "doing"])
    return jobs.filter(args__import_id=import_id).exists()
