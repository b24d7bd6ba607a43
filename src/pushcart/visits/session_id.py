"""The name of a visit, `Locally-Api-Session-Id`: 24 hex characters of chance and 16 that prove that we drew them.

So an id can be handed out before anything is written, and nobody can choose one (decision 0106).
"""

from __future__ import annotations

import hmac
import re
import secrets

from pushcart.kit.crypto import keyed_hash

_FORM = re.compile(r"[0-9a-f]{40}")
_CHANCE = 24


def new() -> str:
    chance = secrets.token_hex(_CHANCE // 2)
    return chance + _proof(chance)


def is_ours(text: str) -> bool:
    return bool(_FORM.fullmatch(text)) and hmac.compare_digest(_proof(text[:_CHANCE]), text[_CHANCE:])


def digest(session_id: str) -> bytes:
    """Under which a visit is found."""
    return keyed_hash(session_id, use="visit")


def _proof(chance: str) -> str:
    return keyed_hash(chance, use="visit-id").hex()[: 40 - _CHANCE]
