"""The page of Stripe's on which a retailer answers what Stripe asks before it may take payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.companies.models import StripeAccount
from pushcart.payments.accounts import UNREACHABLE
from pushcart.payments.asking import NoAnswerError, RefusedError, asking
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import AccountRefusedError, NotConnectedError, StripeUnreachableError

if TYPE_CHECKING:
    from pushcart.companies.models import Company


def account_link(company: Company, *, return_url: str, refresh_url: str) -> str:
    """A URL that works once and for a few minutes; it is a secret of its reader's.

    Args:
        company: a retailer whom `connect` gave an account.
        return_url: where Stripe sends the reader when done. That says nothing of the outcome: `sync_account` does.
        refresh_url: where Stripe sends a reader whose link is used up: make a new one there.

    Raises:
        NotConnectedError: the company has no account.
        AccountRefusedError: the account does not let the platform act for it.
        StripeUnreachableError: no answer.
    """
    account = StripeAccount.objects.filter(company=company).first()
    if account is None:
        raise NotConnectedError(f"{company.name} has connected no Stripe account.")
    try:
        with asking("account link", company=company.pk):
            return (
                stripe_client(test=False)
                .v1.account_links.create(
                    params={
                        "account": account.account_id,
                        "return_url": return_url,
                        "refresh_url": refresh_url,
                        "type": "account_onboarding",
                    }
                )
                .url
            )
    except NoAnswerError:
        raise StripeUnreachableError(UNREACHABLE) from None
    except RefusedError as refusal:
        raise AccountRefusedError(f"Stripe does not open its page for {company.name} ({refusal.code}).") from None
