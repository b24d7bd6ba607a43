from __future__ import annotations

from django.db import transaction

from pushcart.companies.errors import CompanyError
from pushcart.companies.models import Endpoint

MOST_AT_ONCE = 100
MOST_PER_MINUTE = 60_000


def set_bounds(endpoint_id: int, *, at_once: int | None, per_minute: int | None) -> None:
    """Bounds what an endpoint is sent, by all pushers together; None: by each pusher's own pace.

    Args:
        endpoint_id: To whom.
        at_once: Requests on their way at a time, 1 to 100.
        per_minute: Requests a minute, 1 to 60,000; one second's worth may come at once.

    Raises:
        CompanyError: a bound beyond these; nothing was changed.
    """
    _check("most_at_once", at_once, MOST_AT_ONCE)
    _check("most_per_minute", per_minute, MOST_PER_MINUTE)
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
        endpoint.most_at_once, endpoint.most_per_minute = at_once, per_minute
        endpoint.save(update_fields=["most_at_once", "most_per_minute"])


def _check(field: str, bound: int | None, most: int) -> None:
    if bound is not None and not 1 <= bound <= most:
        raise CompanyError(field, f"The bound must be from 1 to {most:,}, or none; it is {bound}.")
