from __future__ import annotations

from django.db import transaction

from pushcart.companies.domains import domain_of
from pushcart.companies.errors import CompanyError
from pushcart.companies.models import Company, Site


def register_site(brand: Company, domain: str) -> Site:
    """Lets a brand's site order, and its pages ask (CORS, decision 0105). The same again changes nothing.

    Raises:
        CompanyError: not a brand, not a domain, or another brand's.
    """
    if brand.kind != Company.Kind.BRAND:
        raise CompanyError("company", f"{brand.name} is a retailer: shoppers order on the sites of brands.")
    with transaction.atomic():
        site, _ = Site.objects.get_or_create(domain=domain_of(domain), defaults={"company": brand})
    if site.company_id != brand.pk:
        raise CompanyError("domain", f"{site.domain} is registered for another brand.")
    return site
