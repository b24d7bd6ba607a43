from __future__ import annotations

from django.db import transaction

from pushcart.companies.models import Endpoint


def retire_secrets(endpoint_id: int) -> int:
    """Ends a rotation: the newest secret alone signs from now on. Returns how many were retired."""
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
        retired = len(endpoint.sealed_secrets) - 1
        endpoint.sealed_secrets = endpoint.sealed_secrets[:1]
        endpoint.save(update_fields=["sealed_secrets"])
    return retired
