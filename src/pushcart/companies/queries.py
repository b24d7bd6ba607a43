from __future__ import annotations

from django.db.models import Q

from pushcart.companies.actions.create_key import USE
from pushcart.companies.models import ApiKey
from pushcart.kit import crypto


def takes_orders() -> Q:
    """Of endpoints: those that new orders are pushed to, whatever else they take."""
    return Q(event_types=[]) | Q(event_types__contains=["carts.ordered"])


def key_by_secret(secret: str) -> ApiKey | None:
    """The key, with its company, that this secret opens; None where it is unknown or revoked.

    Only the keyed hash meets the index: how long the search takes tells nothing about the secret.
    """
    digest = crypto.keyed_hash(secret, use=USE)
    return ApiKey.objects.select_related("company").filter(digest=digest, revoked_at=None).first()
