"""What came of the page on which a company entered its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stripe import PaymentMethod, SetupIntent

from pushcart.companies.models import Company
from pushcart.payments import billing
from pushcart.payments.accounts import UNREACHABLE
from pushcart.payments.asking import NoAnswerError, RefusedError, asking
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import CardRefusedError, StripeUnreachableError

if TYPE_CHECKING:
    from stripe.checkout import Session


def take_card(company: Company) -> Company:
    """The company with the card that was entered, in place of the one before; unchanged while none is.

    Raises:
        CardRefusedError: Stripe does not know the page any more.
        StripeUnreachableError: no answer; what was known stays.
        RuntimeError: called within a transaction.
    """
    if not company.billing_session:
        return company
    try:
        session = _looked_at(company)
        method = _entered(session)
        if method is not None:
            _replace(company, method)
        elif session.status == "expired":
            Company.objects.filter(pk=company.pk).update(billing_session="")
            company.refresh_from_db()
    except NoAnswerError:
        raise StripeUnreachableError(UNREACHABLE) from None
    except RefusedError as refusal:
        raise CardRefusedError(f"Stripe does not tell of the card of {company.name} ({refusal.code}).") from None
    return company


def _looked_at(company: Company) -> Session:
    with asking("card page", company=company.pk):
        return stripe_client(test=False).v1.checkout.sessions.retrieve(
            company.billing_session, params={"expand": ["setup_intent.payment_method"]}
        )


def _entered(session: Session) -> PaymentMethod | None:
    intent = session.setup_intent
    if session.status != "complete" or not isinstance(intent, SetupIntent) or intent.status != "succeeded":
        return None
    return intent.payment_method if isinstance(intent.payment_method, PaymentMethod) else None


def _replace(company: Company, method: PaymentMethod) -> None:
    """The new card is written down before the old one goes: in between there are two, and never none."""
    before = company.billing_payment_method
    with asking("default card", company=company.pk):
        stripe_client(test=False).v1.customers.update(
            company.billing_customer, params={"invoice_settings": {"default_payment_method": method.id}}
        )
    billing.keep(company, method)
    if before and before != method.id:
        billing.detach(company, before)
