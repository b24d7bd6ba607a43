from __future__ import annotations

from pushcart.eligibility.actions.renew_all import renew_all
from pushcart.stores.models import Store


def renew_company(company_id: int) -> int:
    """`renew_all` for the stores of one company, after its feed, Stripe account, billing or endpoint changed."""
    return renew_all(Store.objects.filter(company_id=company_id).values_list("pk", flat=True))
