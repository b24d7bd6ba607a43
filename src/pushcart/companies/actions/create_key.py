from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from pushcart.companies.errors import CompanyError
from pushcart.companies.models import ApiKey
from pushcart.kit import crypto

if TYPE_CHECKING:
    from pushcart.companies.models import Company

USE = "api-key"
TEST_PREFIX = "test_"
_BYTES = 20  # 40 hex characters, as the announcement's sample has them
_LONGEST_NAME = 80


def create_key(company: Company, name: str, *, test: bool = False) -> tuple[ApiKey, str]:
    """A new API key of a company and the secret that goes into `Locally-API-Token`.

    The secret is 40 lower-case hex characters, after `test_` for a key that sees test carts alone (contract, 1).
    It is stored encrypted, for `show_key`, and found by a keyed hash.

    Raises:
        CompanyError: the name is missing or longer than 80 characters.
    """
    name = name.strip()
    if not name:
        raise CompanyError("name", "Give the key a name, by which you will know later what it is for.")
    if len(name) > _LONGEST_NAME:
        raise CompanyError("name", f"The key's name has {len(name)} characters; {_LONGEST_NAME} is the most.")
    secret = (TEST_PREFIX if test else "") + secrets.token_hex(_BYTES)
    key = ApiKey.objects.create(
        company=company,
        name=name,
        test=test,
        sealed=crypto.seal(secret, use=USE),
        digest=crypto.keyed_hash(secret, use=USE),
    )
    return key, secret
