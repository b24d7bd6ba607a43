"""Writes down that a line's amount is to be held, before anybody is asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.companies.models import StripeAccount
from pushcart.kit.crypto import seal
from pushcart.payments.errors import NotConnectedError
from pushcart.payments.fees import fee_of
from pushcart.payments.models import Hold

if TYPE_CHECKING:
    from pushcart.companies.models import Company


def prepare(
    company: Company,
    line_id: int,
    amount: int,
    currency: str,
    *,
    card_token: str,
    test: bool,
    description: str,
    tax: int = 0,
    qty: int = 1,
) -> Hold:
    """A hold in state `placing`, in the caller's transaction. `place` asks for it once that has committed.

    Args:
        company: the retailer, to whose Stripe account the money goes.
        line_id: of the order; a line has one hold.
        amount: minor units, above 0.
        tax: what of the amount is sales tax.
        qty: how many pieces it is for.
        currency: ISO 4217, in any case.
        card_token: the SetupIntent (`seti_…`) or payment method (`pm_…`) of the platform's; a secret.
        test: an order of a test key, held with the platform's test key.
        description: what the shopper's and the retailer's statements at Stripe say.

    Raises:
        NotConnectedError: the company has no Stripe account that lets the platform act for it.
    """
    account = StripeAccount.objects.filter(company=company, deauthorized_at=None).first()
    if account is None:
        raise NotConnectedError(f"{company.name} has connected no Stripe account; its shoppers' cards can't be held.")
    fee = fee_of(company, amount, currency)
    return Hold.objects.create(
        company=company,
        line_id=line_id,
        test=test,
        account_id=account.account_id,
        amount=amount,
        tax=tax,
        currency=currency.lower(),
        description=description[:200],
        qty=qty,
        sealed_token=seal(card_token, use="card"),
        fee=fee.amount,
        fee_back_until=fee.back_until,
    )
