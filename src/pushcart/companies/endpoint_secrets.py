"""An endpoint's secrets, in the form of Standard Webhooks: `whsec_` and 32 random bytes in base64."""

from __future__ import annotations

import base64
import secrets

from pushcart.kit import crypto

USE = "webhook-secret"
PREFIX = "whsec_"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def seal_secret(secret: str) -> str:
    return crypto.seal(secret, use=USE)


def open_secret(sealed: str) -> str:
    """The secret again, for its owner's eyes and for signing.

    Raises:
        SealBrokenError: this installation has not the key that it was sealed with.
    """
    return crypto.unseal(sealed, use=USE)
