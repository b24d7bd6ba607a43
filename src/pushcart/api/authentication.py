"""Who calls: the Locally-API-Token header (contract, section 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ninja.security import APIKeyHeader

from pushcart.api.errors import Refused
from pushcart.companies.queries import key_by_secret

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pushcart.companies.models import ApiKey


class Token(APIKeyHeader):
    """Any company's key, live or test."""

    param_name = "Locally-API-Token"

    def __init__(self) -> None:
        super().__init__()
        self.openapi_name = "Locally-API-Token"

    def authenticate(self, request: HttpRequest, key: str | None) -> ApiKey:  # noqa: ARG002 ninja hands both
        """Raises `Refused` (401) where the key is missing, unknown or revoked."""
        found = key_by_secret(key) if key else None
        if found is None:
            raise Refused(
                401,
                "unauthorized",
                "The Locally-API-Token header is missing, or names a key that is unknown or revoked.",
            )
        return found


def must_be_retailer(key: ApiKey) -> None:
    """Raises `Refused` (403) for a brand's key: it reads, and decides nothing."""
    if key.company.kind != "retailer":
        raise Refused(403, "read_only_key", "A brand's key reads carts; only the retailer's key may decide them.")


def must_be_live_retailer(key: ApiKey) -> None:
    """Raises `Refused` (403) for a brand's key and for a test key: stock is the same for test orders."""
    must_be_retailer(key)
    if key.test:
        raise Refused(403, "live_key_needed", "Stock is the same for test orders: send it with the live key.")
