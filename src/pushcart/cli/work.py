from __future__ import annotations


def work() -> None:
    """Looks after windows, reminders, unanswered payments, mail and SMS, until it is stopped."""
    from pushcart.worker.run import run

    run()
