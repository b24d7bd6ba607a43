"""Secrets at rest: encrypted with the installation's key, found by a keyed hash.

Every use has a key of its own, derived from the installation's by HKDF, so that no two uses can be played against
each other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SealBrokenError(RuntimeError):
    """The stored secret was sealed with a key that this installation does not have."""


def seal(secret: str, *, use: str) -> str:
    """Encrypts a secret for storage; `use` names what it is for (`api-key`, `webhook-secret`)."""
    return _box(use).encrypt(secret.encode()).decode()


def unseal(sealed: str, *, use: str) -> str:
    """The secret again.

    Raises:
        SealBrokenError: no key of this installation opens it.
    """
    try:
        return _box(use).decrypt(sealed).decode()
    except InvalidToken:
        raise SealBrokenError(
            f"A stored {use} can't be opened: was PUSHCART_SECRET_KEY changed without PUSHCART_OLD_SECRET_KEYS?"
        ) from None


def keyed_hash(secret: str, *, use: str) -> bytes:
    """32 bytes under which a secret is looked up without being stored in clear."""
    return hmac.digest(derived_key(use), secret.encode(), hashlib.sha256)


@lru_cache
def derived_key(use: str, key: str | None = None) -> bytes:
    """The installation's 32-byte key for one use. Django refuses to start without a SECRET_KEY."""
    master = settings.SECRET_KEY if key is None else key
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"pushcart/{use}".encode()).derive(master.encode())


@lru_cache
def _box(use: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(derived_key(use, key))) for key in keys])
