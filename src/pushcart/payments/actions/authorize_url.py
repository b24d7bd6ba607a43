"""The page of Stripe's on which the owner of an existing account lets this platform act for it."""

from __future__ import annotations

from django.conf import settings

from pushcart.payments.client import stripe_client
from pushcart.payments.errors import NotConfiguredError


def authorize_url(*, state: str, return_url: str) -> str:
    """Stripe sends its reader to `return_url` with `state` and, if access was given, a `code` for `join`.

    Args:
        state: comes back as it went; a secret of the reader's, so that nobody else's code can be slipped in.
        return_url: has to stand among the redirect URIs of the platform's Connect settings, to the letter.

    Raises:
        NotConfiguredError: the installation has no STRIPE_CLIENT_ID.
    """
    if not settings.STRIPE_CLIENT_ID:
        raise NotConfiguredError("Set STRIPE_CLIENT_ID: without it no existing account can be connected.")
    return stripe_client(test=False).oauth.authorize_url(
        {"scope": "read_write", "state": state, "redirect_uri": return_url}
    )
