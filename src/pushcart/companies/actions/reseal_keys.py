from __future__ import annotations

from django.db import transaction

from pushcart.companies.actions.create_key import USE
from pushcart.companies.actions.show_key import show_key
from pushcart.companies.models import ApiKey
from pushcart.kit import crypto


def reseal_keys() -> int:
    """Puts every API key under the installation's present secret key, and returns how many that were.

    For after a change of `PUSHCART_SECRET_KEY`, with the former one in `PUSHCART_OLD_SECRET_KEYS`: the old one still
    opens what it sealed, but the hashes that keys are found by are the present one's alone.

    Raises:
        SealBrokenError: one was sealed with a key that this installation does not have; all stay as they were.
    """
    with transaction.atomic():
        keys = list(ApiKey.objects.select_for_update().order_by("pk"))
        for key in keys:
            secret = show_key(key)
            key.sealed = crypto.seal(secret, use=USE)
            key.digest = crypto.keyed_hash(secret, use=USE)
        ApiKey.objects.bulk_update(keys, ["sealed", "digest"], batch_size=500)
    return len(keys)
