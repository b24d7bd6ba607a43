from __future__ import annotations

from django.db import transaction

from pushcart.companies.endpoint_secrets import new_secret, seal_secret
from pushcart.companies.models import Endpoint

# The new one, the one it replaces, and one that was not retired yet: more would only fill the header.
MOST_SECRETS = 3


def rotate_secret(endpoint_id: int) -> str:
    """Gives an endpoint a new secret and returns it. The older ones go on signing until `retire_secrets`."""
    secret = new_secret()
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
        endpoint.sealed_secrets = [seal_secret(secret), *endpoint.sealed_secrets][:MOST_SECRETS]
        endpoint.save(update_fields=["sealed_secrets"])
    return secret
