from __future__ import annotations

from django.db import transaction

from pushcart.companies.certificates import read_authorities
from pushcart.companies.models import Endpoint


def set_authorities(endpoint_id: int, pem: str) -> None:
    """Has an endpoint's own certificate come from these authorities and no others. Empty: from the system's again.

    Raises:
        CompanyError: they can't be read, or one has ended; nothing was changed.
    """
    authorities = read_authorities(pem) if pem.strip() else ""
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
        endpoint.authorities = authorities
        endpoint.save(update_fields=["authorities"])
