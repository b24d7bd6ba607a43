from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.companies.errors import CompanyError
from pushcart.companies.models import Company, Dealer

if TYPE_CHECKING:
    from collections.abc import Iterable


def set_dealer(brand: Company, retailers: Iterable[Company], *, shown: bool = True) -> int:
    """Has a brand show these retailers' stores to its shoppers, or no longer; returns for how many that is news.

    A retailer that was once shown and no longer is stays in the brand's list of dealers, as one that is not authorized.

    Raises:
        CompanyError: not a brand, or not a retailer; nothing was changed.
    """
    retailers = list(retailers)
    if brand.kind != Company.Kind.BRAND:
        raise CompanyError("brand", f"{brand} is not a brand.")
    if wrong := next((company for company in retailers if company.kind != Company.Kind.RETAILER), None):
        raise CompanyError("retailer", f"{wrong} is not a retailer.")
    already = set(Dealer.objects.filter(brand=brand, authorized=shown).values_list("retailer_id", flat=True))
    news = [company for company in retailers if company.pk not in already]
    Dealer.objects.bulk_create(
        [Dealer(brand=brand, retailer=company, authorized=shown) for company in news],
        update_conflicts=True,
        unique_fields=["brand", "retailer"],
        update_fields=["authorized"],
    )
    return len(news)
