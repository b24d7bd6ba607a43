"""Signing as Standard Webhooks lays it down, over `id.timestamp.body`, in base64.

`v1,` is HMAC-SHA256 and always there, `v1a,` is Ed25519 and there where an endpoint's owner asked for it. Each secret
and each key that is in force signs, newest first, so that a receiver may hold any of them during a rotation.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING

from pushcart.companies.endpoint_secrets import PREFIX, open_secret
from pushcart.companies.signing_keys import open_signing_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def signature(
    sealed_secrets: tuple[str, ...],
    *,
    uid: str,
    timestamp: int,
    body: bytes,
    sealed_signing_keys: tuple[str, ...] = (),
) -> str:
    """The value of `webhook-signature`: one signature for each secret and key, separated by a space.

    Args:
        sealed_secrets: As the endpoint's row holds them.
        uid: `webhook-id`.
        timestamp: Seconds since 1970 by the machine's clock, `webhook-timestamp`.
        body: The bytes that are sent.
        sealed_signing_keys: As the endpoint's row holds them; Ed25519 costs as much as ten HMACs.
    """
    content = b"%s.%d.%s" % (uid.encode(), timestamp, body)
    signatures = [f"v1,{_signed(_keyed(sealed), content)}" for sealed in sealed_secrets]
    if sealed_signing_keys:
        signatures += [f"v1a,{_base64(_signing_key(sealed).sign(content))}" for sealed in sealed_signing_keys]
    return " ".join(signatures)


@lru_cache(maxsize=10_000)
def opened(sealed: str) -> str:
    """A secret in clear. Unsealing costs more than signing does, so what is in use stays opened in memory.

    One that never was in a database, a developer's own, is in clear already.
    """
    return sealed if sealed.startswith(PREFIX) else open_secret(sealed)


@lru_cache(maxsize=10_000)
def _keyed(sealed: str) -> hmac.HMAC:
    """The state after the key, to be copied: that costs less than beginning anew."""
    return hmac.new(base64.b64decode(opened(sealed).removeprefix(PREFIX)), digestmod="sha256")


@lru_cache(maxsize=10_000)
def _signing_key(sealed: str) -> Ed25519PrivateKey:
    return open_signing_key(sealed)


def _signed(keyed: hmac.HMAC, content: bytes) -> str:
    signing = keyed.copy()
    signing.update(content)
    return _base64(signing.digest())


def _base64(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).decode()
