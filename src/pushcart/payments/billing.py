"""The card that a company keeps with the platform, for the network's own invoices: a customer of the platform's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.companies.models import Company
from pushcart.events.record import record
from pushcart.kit import clock
from pushcart.payments.asking import RefusedError, asking
from pushcart.payments.client import stripe_client

if TYPE_CHECKING:
    import stripe

_NOT_THERE = ("resource_missing", "payment_method_unexpected_state")


def keep(company: Company, method: stripe.PaymentMethod) -> None:
    """Writes down the card on the company's account, and tells its owner."""
    card = method.card
    brand, last4 = (card.brand, card.last4) if card else ("", "")
    _write(company, method.id, brand, last4)


def forget(company: Company) -> None:
    """The company has no card any more."""
    _write(company, "", "", "")


def retrieve(company: Company) -> stripe.PaymentMethod | None:
    """The card as it stands at Stripe; None where the company's customer does not have it any more.

    Raises:
        NoAnswerError, RefusedError: as `asking` says.
    """
    try:
        with asking("billing card", company=company.pk):
            method = stripe_client(test=False).v1.payment_methods.retrieve(company.billing_payment_method)
    except RefusedError as refusal:
        if refusal.code not in _NOT_THERE:
            raise
        return None
    return method if method.customer is not None else None


def detach(company: Company, method: str) -> None:
    """Takes a card off the company's customer; one that is off already is all right.

    Raises:
        NoAnswerError, RefusedError: as `asking` says.
    """
    try:
        with asking("detach billing card", company=company.pk):
            stripe_client(test=False).v1.payment_methods.detach(method)
    except RefusedError as refusal:
        if refusal.code not in {*_NOT_THERE, "refused"}:
            raise


def _write(company: Company, method: str, brand: str, last4: str) -> None:
    with transaction.atomic(durable=True):
        Company.objects.filter(pk=company.pk).update(
            billing_payment_method=method,
            billing_card_brand=brand,
            billing_card_last4=last4,
            billing_session="",
            billing_checked_at=clock.now(),
        )
        record("payments.billing_card", companies=[company.pk], data={"brand": brand, "last4": last4})
    company.refresh_from_db()
