from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.companies.domains import domain_of
from pushcart.companies.errors import CompanyError

if TYPE_CHECKING:
    from pushcart.companies.models import Company


def remove_site(brand: Company, domain: str) -> None:
    """Takes a site from a brand: nothing can be ordered there any more, and its pages are told nothing.

    Orders that were placed there stay.

    Raises:
        CompanyError: the brand has no such site.
    """
    gone, _ = brand.sites.filter(domain=domain_of(domain)).delete()
    if not gone:
        raise CompanyError("domain", f"{brand.name} has no site {domain}.")
