"""The job that sends a notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

if TYPE_CHECKING:
    from procrastinate import JobContext

# 2, 4, 8 … seconds, for about nine hours in all; a provider that is away for longer has other troubles.
_MOST_ATTEMPTS = 14
_TRY_AGAIN = RetryStrategy(max_attempts=_MOST_ATTEMPTS, exponential_wait=2)


@app.task(name="notifications.send", queue="notices", retry=_TRY_AGAIN, pass_context=True)
def send_notice(context: JobContext, notice_id: int) -> None:
    from pushcart.notifications.actions.send import send

    send(notice_id, last=context.job.attempts >= _MOST_ATTEMPTS)
