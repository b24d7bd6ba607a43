from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.companies.endpoint_secrets import open_secret

if TYPE_CHECKING:
    from pushcart.companies.models import Endpoint


def show_secrets(endpoint: Endpoint) -> list[str]:
    """The endpoint's secrets once more, newest first, for its owner's eyes.

    Raises:
        SealBrokenError: one was sealed with a key that this installation does not have.
    """
    return [open_secret(sealed) for sealed in endpoint.sealed_secrets]
