from __future__ import annotations

from datetime import timedelta

from pushcart.kit import clock
from pushcart.visits.models import Visit

KEPT_FOR = timedelta(hours=24)


def forget_old() -> int:
    """Drops visits that nobody used for a day, with what lay in their baskets; returns how many."""
    _, dropped = Visit.objects.filter(used_at__lte=clock.now() - KEPT_FOR).delete()
    return dropped.get("visits.Visit", 0)
