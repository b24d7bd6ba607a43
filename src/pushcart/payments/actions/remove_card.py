"""Takes the card for the network's invoices off a company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.payments import billing
from pushcart.payments.accounts import UNREACHABLE
from pushcart.payments.asking import NoAnswerError, RefusedError
from pushcart.payments.errors import CardRefusedError, StripeUnreachableError

if TYPE_CHECKING:
    from pushcart.companies.models import Company


def remove_card(company: Company) -> Company:
    """The company without a card: nothing can be ordered of it until there is one again.

    Raises:
        CardRefusedError: Stripe does not let go of it.
        StripeUnreachableError: no answer; the card stays.
        RuntimeError: called within a transaction.
    """
    if company.billing_payment_method:
        try:
            billing.detach(company, company.billing_payment_method)
        except NoAnswerError:
            raise StripeUnreachableError(UNREACHABLE) from None
        except RefusedError as refusal:
            raise CardRefusedError(f"Stripe does not let go of the card ({refusal.code}).") from None
        billing.forget(company)
    return company
