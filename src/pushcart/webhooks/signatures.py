"""Signing as Standard Webhooks lays it down: `v1,` and HMAC-SHA256 over `id.timestamp.body`, in base64.

Each secret that is in force signs, newest first, so that a receiver may hold any of them during a rotation.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from functools import lru_cache

from pushcart.companies.endpoint_secrets import PREFIX, open_secret


def signature(sealed_secrets: tuple[str, ...], *, uid: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature for each secret, separated by a space.

    Args:
        sealed_secrets: As the endpoint's row holds them.
        uid: `webhook-id`.
        timestamp: Seconds since 1970 by the machine's clock, `webhook-timestamp`.
        body: The bytes that are sent.
    """
    content = b"%s.%d.%s" % (uid.encode(), timestamp, body)
    return " ".join([f"v1,{_signed(_keyed(sealed), content)}" for sealed in sealed_secrets])


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


def _signed(keyed: hmac.HMAC, content: bytes) -> str:
    signing = keyed.copy()
    signing.update(content)
    return binascii.b2a_base64(signing.digest(), newline=False).decode()
