"""Stripe's balance transactions of one connected account, copied as far as they have come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Max

from pushcart.payments.asking import asking
from pushcart.payments.client import stripe_client
from pushcart.payments.installation import installation
from pushcart.payments.reconciliation.models import BalanceTransaction

if TYPE_CHECKING:
    import stripe

    from pushcart.companies.models import Company

# So far back is read once more: a list may have been read while its newest second was still being written.
_LEEWAY = timedelta(hours=1)
# Where nothing was read yet, so much earlier too: an answer that was lost may be booked here days after it moved there.
_LATE = timedelta(days=7)
_PAGE = 100


def fetch(company: Company, account_id: str, *, since: datetime) -> int:
    """Copies what is new since the last time, and at least what is newer than `since`, and counts it.

    Raises:
        NoAnswerError, RefusedError: as `asking` says. What was read by then stays.
    """
    latest = BalanceTransaction.objects.filter(account_id=account_id).aggregate(at=Max("created_at"))["at"]
    begin = min(latest or since - _LATE, since) - _LEEWAY
    name = installation()
    with asking("balance transactions", company=company.pk):
        page = stripe_client(test=False).v1.balance_transactions.list(
            params={"created": {"gte": int(begin.timestamp())}, "limit": _PAGE, "expand": ["data.source"]},
            options={"stripe_account": account_id},
        )
        copies = [_copy(company, account_id, each, name) for each in page.auto_paging_iter()]
    before = BalanceTransaction.objects.filter(account_id=account_id).count()
    BalanceTransaction.objects.bulk_create(copies, batch_size=1000, ignore_conflicts=True)
    return BalanceTransaction.objects.filter(account_id=account_id).count() - before


def _copy(company: Company, account_id: str, told: stripe.BalanceTransaction, ours: str) -> BalanceTransaction:
    source: Any = told.source
    return BalanceTransaction(
        stripe_id=told.id,
        company=company,
        account_id=account_id,
        type=told.type,
        category=told.reporting_category,
        source=getattr(source, "id", source) or "",
        intent_id=_id(getattr(source, "payment_intent", None)),
        ours=_names_a_hold(source, ours),
        amount=told.amount,
        application_fee=sum(fee.amount for fee in told.fee_details if fee.type == "application_fee"),
        stripe_fee=sum(fee.amount for fee in told.fee_details if fee.type != "application_fee"),
        currency=told.currency,
        created_at=datetime.fromtimestamp(told.created, UTC),
    )


def _names_a_hold(source: Any, ours: str) -> bool:
    """Whether this installation made it: a charge takes its intent's metadata over."""
    metadata = getattr(source, "metadata", None)
    if metadata is None or "hold" not in metadata:
        return False
    return "installation" not in metadata or metadata["installation"] == ours


def _id(named: Any) -> str:
    return "" if named is None else str(getattr(named, "id", named))
