"""Once a day each account and card is looked at: an event that never came is found by that."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db.models import Q

from pushcart.companies.models import Company, StripeAccount
from pushcart.kit import clock
from pushcart.payments import accounts, billing
from pushcart.payments.actions.take_card import take_card
from pushcart.payments.asking import NoAnswerError, RefusedError
from pushcart.payments.errors import CardRefusedError, NotConfiguredError, StripeUnreachableError

log = structlog.get_logger(__name__)

EVERY = timedelta(days=1)


def check_due(limit: int = 20) -> int:
    """Asks Stripe about what was last looked at a day ago or longer, longest ago first; counts what it asked about.

    A page on which a card was entered, and whose reader never came back, is looked at as well.
    """
    since = clock.now() - EVERY
    try:
        return _accounts(since, limit) + _cards(since, limit)
    except (StripeUnreachableError, NoAnswerError, NotConfiguredError) as error:
        # Whoever is asked next would wait just as long.
        log.info("stripe.check_put_off", why=str(error))
        return 0


def _accounts(since: object, limit: int) -> int:
    due = StripeAccount.objects.filter(synced_at__lte=since).order_by("synced_at")[:limit]
    return len([accounts.sync(account) for account in due])


def _cards(since: object, limit: int) -> int:
    due = Company.objects.filter(
        ~Q(billing_payment_method="", billing_session=""),
        ~Q(billing_customer=""),
        Q(billing_checked_at=None) | Q(billing_checked_at__lte=since),
    ).order_by("billing_checked_at", "pk")[:limit]
    return sum(1 for company in due if _card(company))


def _card(company: Company) -> bool:
    Company.objects.filter(pk=company.pk).update(billing_checked_at=clock.now())
    try:
        company = take_card(company)
        if company.billing_payment_method and billing.retrieve(company) is None:
            billing.forget(company)
    except (CardRefusedError, RefusedError) as refusal:
        log.warning("stripe.card_unchecked", company=company.pk, why=str(refusal))
    return True
