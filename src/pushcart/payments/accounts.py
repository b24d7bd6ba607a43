"""A retailer's connected account as Stripe tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.companies.models import StripeAccount
from pushcart.events.record import record
from pushcart.kit import clock
from pushcart.payments.asking import NoAnswerError, RefusedError, asking
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import AccountRefusedError, StripeUnreachableError

if TYPE_CHECKING:
    from datetime import datetime

    from pushcart.companies.models import Company

UNREACHABLE = "The payment service does not answer at the moment; try again in a minute."


@dataclass(frozen=True)
class _Told:
    """Stripe's answer, and when it was asked for: it may come a minute later."""

    asked_at: datetime
    charges_enabled: bool
    disabled_reason: str
    gone: bool = False


def sync(account: StripeAccount) -> StripeAccount:
    """Asks Stripe how the account stands and writes that down; `account` is renewed.

    An answer is dropped where the company has another account by now, or one that was asked for later stands already.

    Raises:
        StripeUnreachableError: no answer; what was known stays.
        RuntimeError: called within a transaction.
    """
    asked_at = clock.now()
    try:
        told = _ask(account.account_id, account.company_id)
    except RefusedError as refusal:
        # The retailer took the platform's access away, or the account is no more.
        told = _Told(asked_at, charges_enabled=False, disabled_reason=refusal.code, gone=True)
    with transaction.atomic(durable=True):
        now = StripeAccount.objects.select_for_update().get(pk=account.pk)
        if now.account_id == account.account_id and now.synced_at <= told.asked_at:
            _write(now, told)
    account.refresh_from_db()
    return account


def adopt(company: Company, account_id: str) -> StripeAccount:
    """Makes `account_id` the company's from now on, as Stripe tells of it.

    Raises:
        AccountRefusedError: Stripe does not let the platform act for it; nothing was changed.
        StripeUnreachableError: no answer; nothing was changed.
        RuntimeError: called within a transaction.
    """
    try:
        told = _ask(account_id, company.pk)
    except RefusedError as refusal:
        raise AccountRefusedError(
            f"Stripe does not let this platform act for the account {account_id} ({refusal.code})."
        ) from None
    with transaction.atomic(durable=True):
        known = StripeAccount.objects.select_for_update().filter(company=company).first()
        account = known or StripeAccount(company=company)
        account.account_id = account_id
        _write(account, told)
        record("payments.account_connected", companies=[company.pk], data={"account": account_id})
    return account


def _ask(account_id: str, company_id: int) -> _Told:
    """Raises StripeUnreachableError, RefusedError."""
    asked_at = clock.now()
    try:
        with asking("account", company=company_id):
            told = stripe_client(test=False).v1.accounts.retrieve(account_id)
    except NoAnswerError:
        raise StripeUnreachableError(UNREACHABLE) from None
    reason = (told.requirements and told.requirements.disabled_reason) or ""
    return _Told(asked_at, charges_enabled=bool(told.charges_enabled), disabled_reason=reason)


def _write(account: StripeAccount, told: _Told) -> None:
    account.charges_enabled = told.charges_enabled
    account.disabled_reason = told.disabled_reason[:120]
    account.deauthorized_at = (account.deauthorized_at or told.asked_at) if told.gone else None
    account.synced_at = told.asked_at
    account.save()
