from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.companies.actions.create_key import USE
from pushcart.kit import crypto

if TYPE_CHECKING:
    from pushcart.companies.models import ApiKey


def show_key(key: ApiKey) -> str:
    """The key's secret once more, for its owner's eyes (the announcement, 3: "When you click on Show").

    Raises:
        SealBrokenError: it was sealed with a key that this installation does not have.
    """
    return crypto.unseal(key.sealed, use=USE)
