"""Connects an account that its owner has just let this platform act for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.companies.models import StripeAccount
from pushcart.payments.accounts import UNREACHABLE
from pushcart.payments.actions.connect import connect
from pushcart.payments.asking import NoAnswerError, RefusedError, asking
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import AccountRefusedError, StripeUnreachableError

if TYPE_CHECKING:
    from pushcart.companies.models import Company


def join(company: Company, code: str) -> StripeAccount:
    """Connects the account behind `code`, which `authorize_url` brought: it works once, for five minutes.

    An account that works is not replaced: whoever holds a link must not be able to lead a shop's money elsewhere. The
    operator can, by `connect`.

    Raises:
        AccountRefusedError: the company's account works; or the code is used, too old, or of another platform; or the
            account is another company's. Nothing was changed.
        StripeUnreachableError: no answer; the owner has to give access once more.
    """
    known = StripeAccount.objects.filter(company=company).first()
    if known is not None and known.charges_enabled and known.deauthorized_at is None:
        raise AccountRefusedError("The Stripe account that is connected works; ask PushCart to change it.")
    try:
        with asking("join", company=company.pk):
            told = stripe_client(test=False).oauth.token({"grant_type": "authorization_code", "code": code})
    except NoAnswerError:
        raise StripeUnreachableError(UNREACHABLE) from None
    except RefusedError as refusal:
        raise AccountRefusedError(f"Stripe did not give access ({refusal.code}); please try again.") from None
    return connect(company, str(told.stripe_user_id), company.email, company.country)
