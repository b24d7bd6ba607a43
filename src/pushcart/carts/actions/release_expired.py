from __future__ import annotations

from functools import partial

from pushcart.carts.actions.settle import settle
from pushcart.carts.actions.sweep import UNSETTLED_AFTER
from pushcart.carts.models import OWING, Line
from pushcart.carts.one_by_one import in_seconds, one_by_one
from pushcart.kit import clock

_SETTLING_SECONDS = 5.0


def release_expired(limit: int = 200) -> int:
    """Releases the holds of lines that were just rejected because nobody answered, and counts the carts.

    Apart from `expire_due`: a card network that does not answer keeps no window from closing in time. What could not
    be released within half a minute is left to the sweeper.
    """
    just_now = clock.now() - UNSETTLED_AFTER
    lines = Line.objects.filter(OWING, status="auto_rejected", updated_at__gte=just_now).order_by("updated_at", "pk")
    carts = list(dict.fromkeys(lines.values_list("cart_id", flat=True)))[:limit]
    until = in_seconds(_SETTLING_SECONDS)
    return len(one_by_one(partial(settle, until=until), carts, until=until))
