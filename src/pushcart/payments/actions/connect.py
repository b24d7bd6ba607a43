"""Gives a retailer the Stripe account to which its shoppers' money goes."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from django.conf import settings

from pushcart.companies.models import StripeAccount
from pushcart.payments import accounts
from pushcart.payments.accounts import UNREACHABLE
from pushcart.payments.asking import NoAnswerError, RefusedError, asking
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import AccountRefusedError, StripeUnreachableError
from pushcart.payments.installation import installation

if TYPE_CHECKING:
    from stripe import Account
    from stripe.params import AccountCreateParams

    from pushcart.companies.models import Company


# The clocks of the two machines may differ by so many seconds.
_LEEWAY = 3600


def connect(company: Company, account_id: str | None, email: str, country: str) -> StripeAccount:
    """Connects the account `account_id`, or a new one where it is None, and asks Stripe how it stands.

    A company that is connected keeps its account unless another one is named. A new account can't charge before its
    owner has answered Stripe's questions on the page of `account_link`.

    Args:
        company: a retailer.
        account_id: `acct_…` of an account that has let the platform act for it.
        email: the owner's, for a new account; may be empty.
        country: ISO 3166 alpha-2, for a new account.

    Raises:
        AccountRefusedError: Stripe makes no such account, or does not let the platform act for it, or it is another
            company's; nothing was changed.
        StripeUnreachableError: no answer; ask again, it will be the same account.
    """
    known = StripeAccount.objects.filter(company=company).first()
    if known is not None and account_id in {None, known.account_id}:
        return accounts.sync(known)
    wanted = account_id or _created(company, email, country)
    _check_free(company, wanted)
    return accounts.adopt(company, wanted)


def _created(company: Company, email: str, country: str) -> str:
    params: AccountCreateParams = {
        "type": settings.STRIPE_ACCOUNT_TYPE,
        "country": country,
        "business_profile": {"name": company.name},
        "metadata": _metadata(company),
    }
    if settings.STRIPE_ACCOUNT_TYPE != "standard":
        # A standard account gets these by itself.
        params["capabilities"] = {"card_payments": {"requested": True}, "transfers": {"requested": True}}
    if email:
        params["email"] = email
    said = hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:16]
    key = f"{installation()}-company-{company.pk}-account-{said}"
    try:
        made = _made_before(company)
        if made is not None:
            return made
        with asking("new account", company=company.pk):
            return stripe_client(test=False).v1.accounts.create(params=params, options={"idempotency_key": key}).id
    except NoAnswerError:
        raise StripeUnreachableError(UNREACHABLE) from None
    except RefusedError as refusal:
        raise AccountRefusedError(f"Stripe makes no account for {company.name} ({refusal.code}).") from None


def _made_before(company: Company) -> str | None:
    """The account that was made for the company, where the answer was lost and something else is asked by now.

    Raises NoAnswerError, RefusedError.
    """
    with asking("accounts", company=company.pk):
        since = int(company.created_at.timestamp()) - _LEEWAY
        page = stripe_client(test=False).v1.accounts.list(params={"created": {"gte": since}, "limit": 100})
        return next((each.id for each in page.auto_paging_iter() if _is_of(company, each)), None)


def _is_of(company: Company, account: Account) -> bool:
    return account.metadata is not None and account.metadata.to_dict() == _metadata(company)


def _metadata(company: Company) -> dict[str, str]:
    return {"company": str(company.pk), "installation": installation()}


def _check_free(company: Company, account_id: str) -> None:
    if StripeAccount.objects.filter(account_id=account_id).exclude(company=company).exists():
        raise AccountRefusedError("This Stripe account is connected to another company.")
