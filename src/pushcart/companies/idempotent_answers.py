"""How long the answers to keyed requests are kept (contract, section 2: Idempotency-Key)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pushcart.kit import clock

if TYPE_CHECKING:
    from datetime import datetime

KEPT_FOR = timedelta(hours=24)


def forgotten_before() -> datetime:
    """What was asked before this moment is asked anew."""
    return clock.now() - KEPT_FOR
