"""A retailer's connected account as Stripe tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.events.record import record
from pushcart.kit import clock
from pushcart.payments.asking import NoAnswerError, RefusedError, asking
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import StripeUnreachableError

if TYPE_CHECKING:
    from pushcart.companies.models import StripeAccount

UNREACHABLE = "The payment service does not answer at the moment; try again in a minute."


def sync(account: StripeAccount, *, connected: bool = False) -> StripeAccount:
    """Asks Stripe how the account stands and writes that down; `connected`: it is the company's from now on.

    Raises:
        StripeUnreachableError: no answer; what was known stays.
        RuntimeError: called within a transaction.
    """
    try:
        with asking("account", company=account.company_id):
            told = stripe_client(test=False).v1.accounts.retrieve(account.account_id)
    except NoAnswerError:
        raise StripeUnreachableError(UNREACHABLE) from None
    except RefusedError as refusal:
        return _closed(account, refusal, connected=connected)
    reason = (told.requirements and told.requirements.disabled_reason) or ""
    enabled = bool(told.charges_enabled)
    return _write(account, charges_enabled=enabled, disabled_reason=reason, gone=False, connected=connected)


def _closed(account: StripeAccount, refusal: RefusedError, *, connected: bool) -> StripeAccount:
    """The retailer took the platform's access away, or the account is no more."""
    return _write(account, charges_enabled=False, disabled_reason=refusal.code, gone=True, connected=connected)


def _write(
    account: StripeAccount, *, charges_enabled: bool, disabled_reason: str, gone: bool, connected: bool
) -> StripeAccount:
    now = clock.now()
    account.charges_enabled = charges_enabled
    account.disabled_reason = disabled_reason[:120]
    account.deauthorized_at = (account.deauthorized_at or now) if gone else None
    account.synced_at = now
    with transaction.atomic(durable=True):
        account.save()
        if connected:
            record("payments.account_connected", companies=[account.company_id], data={"account": account.account_id})
    return account
