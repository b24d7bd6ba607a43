"""Stripe as this installation reaches it: the official SDK with our address, time-outs and pinned API version."""

from __future__ import annotations

import logging
from functools import lru_cache

import requests
import stripe
from django.conf import settings
from requests.adapters import HTTPAdapter
from stripe import RequestsClient, StripeClient

from pushcart.payments.errors import NotConfiguredError

# The API version that this code was written against. A test holds it against the SDK's own, whose types we check by.
STRIPE_VERSION = "2026-10-28.endive"

# Below this the SDK logs what it posts and what it reads, and its transport logs addresses with card tokens in them.
logging.getLogger("stripe").setLevel(logging.WARNING)
logging.getLogger("urllib3").setLevel(logging.WARNING)
# Else the SDK keeps a number for this machine in the home directory and sends it along with how long calls took.
stripe.enable_telemetry = False


def stripe_client(test: bool) -> StripeClient:
    """The platform's client, for live orders or for those of test keys. One is kept for each key.

    Raises:
        NotConfiguredError: the installation has no such key.
    """
    name = "STRIPE_TEST_API_KEY" if test else "STRIPE_API_KEY"
    key = getattr(settings, name)
    if not key:
        raise NotConfiguredError(f"Set {name}: without it no card can be held or charged.")
    return _client(
        key,
        settings.STRIPE_API_BASE.rstrip("/"),
        settings.STRIPE_CLIENT_ID,
        settings.STRIPE_NETWORK_RETRIES,
        settings.STRIPE_CONNECT_SECONDS,
        settings.STRIPE_READ_SECONDS,
    )


@lru_cache
def _client(key: str, base: str, client_id: str, retries: int, connect: float, read: float) -> StripeClient:  # noqa: PLR0917 what makes two clients differ
    return StripeClient(
        key,
        stripe_version=STRIPE_VERSION,
        base_addresses={"api": base, "connect": base} if base else None,
        client_id=client_id or None,
        max_network_retries=retries,
        http_client=RequestsClient(timeout=(connect, read), session=_session(direct=bool(base))),
    )


def _session(*, direct: bool) -> requests.Session:
    """Kept connections, for as many threads as serve at once.

    An address of our own is reached without the machine's proxy, and no entry of a .netrc may replace our key.
    """
    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_maxsize=32))
    session.mount("http://", HTTPAdapter(pool_maxsize=32))
    session.trust_env = not direct
    return session
