from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from pushcart.companies.actions.move_endpoint import move_endpoint
from pushcart.companies.endpoint_choices import check_body, check_event_types
from pushcart.companies.models import Endpoint
from pushcart.kit import clock
from pushcart.kit.addresses import as_called, check_target

if TYPE_CHECKING:
    from collections.abc import Sequence


def change_endpoint(
    endpoint_id: int,
    *,
    url: str | None = None,
    body: str | None = None,
    event_types: Sequence[str] | None = None,
    folds: bool | None = None,
) -> Endpoint:
    """Changes where and how a company takes its pushes. A new URL has to answer a check before it is used.

    What is still owed goes to the new URL, in order. A body that was written in the old form is sent in it. What is
    owed of a type that is no longer chosen is not sent.

    Args:
        endpoint_id: The endpoint's row; what is None stays as it is.
        url: Where to; it is kept as it is called (`kit.addresses.as_called`).
        body: "fat" or "thin".
        event_types: The types that it takes; none: all with a cart's document.
        folds: Whether an update may be left out that a newer one has overtaken.

    Raises:
        TargetRefusedError: the URL is none that we call; nothing was changed.
        CompanyError: there is no such body or type of event; nothing was changed.
    """
    if url is not None:
        url = as_called(url)
        check_target(url, settings.WEBHOOK_ALLOW)
    if body is not None:
        check_body(body)
    chosen = None if event_types is None else check_event_types(event_types)
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
        moved = url is not None and url != endpoint.url
        endpoint.url = url or endpoint.url
        endpoint.body = body or endpoint.body
        endpoint.event_types = endpoint.event_types if chosen is None else chosen
        endpoint.folds = endpoint.folds if folds is None else folds
        endpoint.state_since = clock.now() if moved else endpoint.state_since  # the next check is due at once
        endpoint.save(update_fields=["url", "body", "event_types", "folds", "state_since"])
        if moved and endpoint.state != Endpoint.State.PAUSED:
            move_endpoint(endpoint.pk, Endpoint.State.UNCHECKED, reason="Its URL was changed.")
    endpoint.refresh_from_db()
    return endpoint
