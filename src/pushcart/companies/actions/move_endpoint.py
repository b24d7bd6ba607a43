from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.companies.models import Endpoint
from pushcart.companies.states import ENDPOINT
from pushcart.events.record import record
from pushcart.kit import clock
from pushcart.kit.states import transition

if TYPE_CHECKING:
    from collections.abc import Iterable


def move_endpoint(
    endpoint_id: int, state: str, *, reason: str = "", only_from: Iterable[str] = (), only_url: str | None = None
) -> bool:
    """Moves an endpoint to a state and records `companies.endpoint_<state>` with it.

    Args:
        endpoint_id: The endpoint's row.
        state: Where to; the state that it is in already changes nothing.
        reason: For its owner, one sentence.
        only_from: Where given, another state than these changes nothing: somebody was faster.
        only_url: Where given, an endpoint that has moved to another URL is left alone too.

    Returns:
        Whether it was moved.

    Raises:
        IllegalMoveError: the graph has no such move.
    """
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
        if endpoint.state == state or (only_from and endpoint.state not in only_from):
            return False
        if only_url is not None and endpoint.url != only_url:
            return False
        was = endpoint.state
        transition(
            endpoint,
            ENDPOINT,
            state,
            field="state",
            state_since=clock.now(),
            state_reason=reason[:300],
            behind_since=None,
        )
        record(
            f"companies.endpoint_{state}",
            companies=[endpoint.company_id],
            test=endpoint.test,
            data={"endpoint_id": endpoint.pk, "url": endpoint.url, "was": was, "reason": reason[:300]},
        )
    return True
