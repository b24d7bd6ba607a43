"""Who asks, and in whose books: API keys, `Stripe-Account`, `Stripe-Version`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING

from pushcart.sandbox.stripe.errors import Refusal, no_access, redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pushcart.sandbox.stripe.store import Store

# Whose books hold the platforms' own accounts, and those of retailers who took the access away.
PLATFORMS, GONE = "platforms", "deauthorized"
_KEY = re.compile(r"^(sk|pk)_test_(\w+)$")
_VERSION = re.compile(r"^\d{4}-\d{2}-\d{2}(\.\w+)?$")


def key_of(headers: Mapping[str, str]) -> str:
    """The key of the `Authorization` header, bearer or basic. Raises Refusal, 401."""
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            raise Refusal(401, "Invalid API Key provided.") from None
    raise Refusal(
        401,
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer "
        "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    )


def platform_of(key: str, *, publishable: bool) -> str:
    """The platform that a test key belongs to: each `sk_test_…` is one of its own, with its `pk_test_…`.

    Raises:
        Refusal: 401 for no test key, 403 for a publishable key where a secret one is needed.
    """
    match = _KEY.match(key)
    if match is None:
        raise Refusal(401, f"Invalid API Key provided: {redacted(key)}")
    if match.group(1) == "pk" and not publishable:
        raise Refusal(
            403,
            "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list "
            "of your API keys at https://dashboard.stripe.com/account/apikeys.",
            code="secret_key_required",
        )
    return "acct_1" + hashlib.sha256(match.group(2).encode()).hexdigest()[:15]


def client_id(key: str) -> str:
    """The `ca_…` by which the platform of a secret key asks owners of existing accounts for access."""
    return platform_of(key, publishable=False).replace("acct_", "ca_")


def account_named(store: Store, headers: Mapping[str, str], platform: str, key: str) -> str:
    """The account that a call acts on. Raises Refusal, 403, for one that the platform may not touch."""
    account = headers.get("Stripe-Account", platform)
    if account != platform and store.find(platform, "account", account) is None:
        raise no_access(key, account)
    return account


def check_version(headers: Mapping[str, str]) -> None:
    """Raises Refusal, 400. Any well-formed version is taken and answered in the shapes of the SDK's own."""
    version = headers.get("Stripe-Version")
    if version is not None and not _VERSION.match(version):
        raise Refusal(400, f"Invalid Stripe API version: {version}")
