"""The daily reconciliation with Stripe, as jobs: an account with much to read keeps no order waiting."""

from __future__ import annotations

from datetime import date

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from pushcart.companies.models import Company
from pushcart.notifications.actions.tell_operator import tell_operator
from pushcart.payments.actions.reconcile import reconcile
from pushcart.payments.reconciliation.due import due
from pushcart.payments.reconciliation.report import report

# Every ten minutes of a day; after that the timetable asks again.
_TRY_AGAIN = RetryStrategy(max_attempts=144, wait=600)


def reconcile_due() -> int:
    """Asks for what waits to be reconciled, once each, and counts it."""
    return sum(_ask(*each) for each in due())


def _ask(company_id: int, account_id: str, day: date) -> bool:
    name = f"reconcile {account_id} {day}"
    try:
        reconcile_day.configure(queueing_lock=name, lock=name).defer(
            company_id=company_id, account_id=account_id, day=day.isoformat()
        )
    except AlreadyEnqueued:
        return False
    return True


@app.task(name="worker.reconcile_day", queue="reconciliation", retry=_TRY_AGAIN)
def reconcile_day(company_id: int, day: str, account_id: str = "") -> None:
    """Reconciles, and tells the operator where a difference is new or open."""
    company = Company.objects.get(pk=company_id)
    done = reconcile(company, date.fromisoformat(day), account_id=account_id)
    said = report(done)
    if said.differences:
        subject = f"Stripe's books and ours differ: {company.name} on {day}"
        tell_operator(company, about="reconciliation", uid=f"reconciliation-{done.pk}", subject=subject, text=said.text)
