"""Identifiers that people read out and machines can't guess."""

from __future__ import annotations

import secrets

# No 0/O and no 1/I: a cart hash is read over the telephone (contract, section 2).
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def short_hash(length: int = 8) -> str:
    """A hash for people: upper case, unambiguous, not guessable in order. 32 ** length of them."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def is_hash(text: str) -> bool:
    """Whether a hash could read so, in any letter case. Nothing else is worth a question to the database."""
    return 0 < len(text) <= 16 and text.isascii() and text.isalnum()  # noqa: PLR2004 what the column holds


def tagged(tag: str) -> str:
    """An identifier for machines that says what it names: `evt_` and 24 characters of hex, say."""
    return f"{tag}_{secrets.token_hex(12)}"
