"""How what this installation makes at Stripe is told from what another one makes there."""

from __future__ import annotations

from pushcart.payments.models import Installation


def installation() -> str:
    """A name that is made once, at random, and stays with the database."""
    return Installation.objects.get_or_create(pk=1)[0].name
