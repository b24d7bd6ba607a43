"""Asks Stripe how a retailer's account stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.companies.models import StripeAccount
from pushcart.payments import accounts
from pushcart.payments.errors import NotConnectedError

if TYPE_CHECKING:
    from pushcart.companies.models import Company


def sync_account(company: Company) -> StripeAccount:
    """The company's account, renewed: whether it can charge, and if not, Stripe's reason.

    Raises:
        NotConnectedError: the company has none.
        StripeUnreachableError: Stripe gave no answer; what was known stays.
    """
    account = StripeAccount.objects.filter(company=company).first()
    if account is None:
        raise NotConnectedError(f"{company.name} has connected no Stripe account.")
    return accounts.sync(account)
