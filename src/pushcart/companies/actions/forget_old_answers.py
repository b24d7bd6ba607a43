from __future__ import annotations

from pushcart.companies.idempotent_answers import forgotten_before
from pushcart.companies.models import IdempotentAnswer


def forget_old_answers() -> int:
    """Drops answers older than a day, with the carts and people that stand in them; returns how many."""
    return IdempotentAnswer.objects.filter(begun_at__lt=forgotten_before()).delete()[0]
