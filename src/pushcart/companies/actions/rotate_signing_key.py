from __future__ import annotations

from django.db import transaction

from pushcart.companies.actions.rotate_secret import MOST_SECRETS
from pushcart.companies.models import Endpoint
from pushcart.companies.signing_keys import new_signing_key, public_key


def rotate_signing_key(endpoint_id: int) -> str:
    """Has an endpoint's pushes signed by Ed25519 too, with a new key, and returns its public half, `whpk_…`.

    The older keys go on signing until `retire_signing_keys`.
    """
    sealed = new_signing_key()
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
        endpoint.sealed_signing_keys = [sealed, *endpoint.sealed_signing_keys][:MOST_SECRETS]
        endpoint.save(update_fields=["sealed_signing_keys"])
    return public_key(sealed)
