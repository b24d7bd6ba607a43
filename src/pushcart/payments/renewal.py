"""How long a hold can be made to last: by further ones that stand in for it before it lapses (decision 0117)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from pushcart.kit import clock

if TYPE_CHECKING:
    from datetime import datetime

    from pushcart.payments.models import Hold

# So long before it lapses a hold is renewed: time enough to try again after a refusal or an outage.
AHEAD = timedelta(hours=24)
# A store that answers in the last minute still has to be charged for.
MARGIN = timedelta(hours=1)
# A shopper's money is not held for longer than some four weeks.
MOST = 3
# A bank that refused to hold the amount once more may not in the evening.
AFTER_REFUSAL = timedelta(hours=4)


def is_due(hold: Hold) -> bool:
    """Whether a further hold is to be asked for now."""
    now = clock.now()
    return (
        hold.state == "held"
        and hold.sealed_card != ""
        and hold.renewal < MOST
        and hold.capture_before is not None
        and hold.capture_before - AHEAD <= now
        and (hold.renew_after is None or hold.renew_after <= now)
    )


def due(now: datetime) -> Q:
    """The same for a query."""
    renewable = Q(state="held", renewal__lt=MOST) & ~Q(sealed_card="")
    return renewable & Q(capture_before__lte=now + AHEAD) & (Q(renew_after=None) | Q(renew_after__lte=now))


def lasts_until(hold: Hold) -> datetime | None:
    """Until when a decision can be charged to the hold, renewed as often as may be; None: nobody knows."""
    if hold.capture_before is None:
        return None
    span = hold.capture_before - hold.created_at
    renewals = MOST if hold.sealed_card and span > AHEAD else 0
    return hold.capture_before + renewals * (span - AHEAD) - MARGIN
