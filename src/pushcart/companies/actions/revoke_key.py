from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.companies.models import ApiKey
from pushcart.kit import clock

if TYPE_CHECKING:
    from datetime import datetime


def revoke_key(key: ApiKey) -> datetime:
    """Ends a key for good and returns since when: one that was revoked before keeps its moment."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=clock.now())
    key.refresh_from_db(fields=["revoked_at"])
    if key.revoked_at is None:
        raise ApiKey.DoesNotExist(f"API key {key.pk} was deleted meanwhile.")
    return key.revoked_at
