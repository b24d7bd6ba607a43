"""The page of Stripe's on which a company enters the card for the network's own invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.companies.models import Company
from pushcart.payments.accounts import UNREACHABLE
from pushcart.payments.asking import NoAnswerError, RefusedError, asking
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import CardRefusedError, StripeUnreachableError
from pushcart.payments.installation import installation

if TYPE_CHECKING:
    from stripe.params import CustomerUpdateParams


def enter_card(company: Company, *, return_url: str, cancel_url: str) -> str:
    """A URL of Stripe's: the card, and its bank's 3-D Secure, are asked for there and never pass through here.

    What comes of it `take_card` finds out.

    Raises:
        CardRefusedError: Stripe opens no such page.
        StripeUnreachableError: no answer.
    """
    try:
        customer = company.billing_customer or _customer(company)
        with asking("card page", company=company.pk):
            session = stripe_client(test=False).v1.checkout.sessions.create(
                params={
                    "mode": "setup",
                    "customer": customer,
                    "currency": company.currency,
                    "allowed_payment_method_types": ["card"],
                    "success_url": return_url,
                    "cancel_url": cancel_url,
                    "metadata": {"company": str(company.pk)},
                }
            )
    except NoAnswerError:
        raise StripeUnreachableError(UNREACHABLE) from None
    except RefusedError as refusal:
        raise CardRefusedError(f"Stripe does not open its page for {company.name} ({refusal.code}).") from None
    Company.objects.filter(pk=company.pk).update(billing_session=session.id)
    company.refresh_from_db()
    return str(session.url)


def _customer(company: Company) -> str:
    """Asked again, the same one, whatever the company is called by then. Raises NoAnswerError, RefusedError."""
    client, named = stripe_client(test=False), {"company": str(company.pk), "installation": installation()}
    with asking("customer", company=company.pk):
        customer = client.v1.customers.create(
            params={"metadata": named},
            options={"idempotency_key": f"{installation()}-company-{company.pk}-customer"},
        )
    params: CustomerUpdateParams = {"name": company.name}
    if company.email:
        params["email"] = company.email
    with asking("customer's name", company=company.pk):
        client.v1.customers.update(customer.id, params=params)
    Company.objects.filter(pk=company.pk).update(billing_customer=customer.id)
    return customer.id
