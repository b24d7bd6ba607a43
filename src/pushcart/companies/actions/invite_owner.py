from __future__ import annotations

from django.db import transaction

from pushcart.companies.errors import CompanyError
from pushcart.companies.models import Company
from pushcart.events.record import record


def invite_owner(company: Company) -> None:
    """Has the link to the set-up page mailed to a retailer's owner.

    Raises:
        CompanyError: it is no retailer, or has no owner's mail address.
    """
    if company.kind != Company.Kind.RETAILER:
        raise CompanyError("kind", f"{company.name} is a brand: only retailers take payments.")
    if not company.email:
        raise CompanyError("email", f"{company.name} has no owner's mail address.")
    with transaction.atomic():
        record("companies.setup_invited", companies=[company.pk])
