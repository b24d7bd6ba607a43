from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.companies.actions.create_key import USE
from pushcart.companies.models import ApiKey, Company
from pushcart.kit import crypto

if TYPE_CHECKING:
    from django.db.models import QuerySet


def key_by_secret(secret: str) -> ApiKey | None:
    """The key, with its company, that this secret opens; None where it is unknown or revoked.

    Only the keyed hash meets the index: how long the search takes tells nothing about the secret.
    """
    digest = crypto.keyed_hash(secret, use=USE)
    return ApiKey.objects.select_related("company").filter(digest=digest, revoked_at=None).first()


def brand_of_site(host_domain: str) -> Company | None:
    """The brand on whose site an order was placed; the domain in any letter case, with or without a port."""
    domain = host_domain.strip().lower().partition(":")[0].rstrip(".")
    return Company.objects.filter(sites__domain=domain).first()


def brands_showing(retailer: Company) -> QuerySet[Company]:
    """The brands that show the retailer's stores to their shoppers."""
    return Company.objects.filter(dealers__retailer=retailer, dealers__authorized=True)
