from __future__ import annotations

from django.db import transaction

from pushcart.companies.models import Endpoint


def retire_signing_keys(endpoint_id: int, *, all_of_them: bool = False) -> int:
    """Ends a rotation: the newest Ed25519 key alone signs from now on; with `all_of_them` HMAC alone does.

    Returns how many were retired.
    """
    kept = 0 if all_of_them else 1
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
        retired = len(endpoint.sealed_signing_keys[kept:])
        endpoint.sealed_signing_keys = endpoint.sealed_signing_keys[:kept]
        endpoint.save(update_fields=["sealed_signing_keys"])
    return retired
