from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

# A worker gives a sign of life every ten seconds of the machine's time.
SILENT_FOR = timedelta(seconds=30)


@transaction.atomic
def rescue() -> int:
    """Gives the jobs of a worker that died in the middle of them to those that live, and counts them."""
    now = datetime.now(UTC)
    dead = Q(worker=None) | Q(worker__last_heartbeat__lt=now - SILENT_FOR)
    left = ProcrastinateJob.objects.filter(dead, status="doing").select_for_update(of=("self",), skip_locked=True)
    jobs = list(left.values_list("pk", flat=True))
    for job_id in jobs:
        app.job_manager.retry_job_by_id(job_id, retry_at=now)
    return len(jobs)
