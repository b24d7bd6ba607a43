"""An endpoint's Ed25519 keys, in the form of Standard Webhooks: `whsk_` private, `whpk_` public, in base64."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pushcart.kit import crypto

USE = "webhook-signing-key"
PRIVATE, PUBLIC = "whsk_", "whpk_"
_SEED_BYTES = 32


def new_signing_key() -> str:
    """A private key, sealed. What is sealed is the seed with the public key behind it, as libsodium keeps them."""
    key = Ed25519PrivateKey.generate()
    both = key.private_bytes_raw() + key.public_key().public_bytes_raw()
    return crypto.seal(PRIVATE + base64.b64encode(both).decode(), use=USE)


def open_signing_key(sealed: str) -> Ed25519PrivateKey:
    """The key, to sign with.

    Raises:
        SealBrokenError: this installation has not the key that it was sealed with.
    """
    both = base64.b64decode(crypto.unseal(sealed, use=USE).removeprefix(PRIVATE))
    return Ed25519PrivateKey.from_private_bytes(both[:_SEED_BYTES])


def public_key(sealed: str) -> str:
    """The public half, `whpk_…`: what the endpoint's owner verifies with."""
    return PUBLIC + base64.b64encode(open_signing_key(sealed).public_key().public_bytes_raw()).decode()
