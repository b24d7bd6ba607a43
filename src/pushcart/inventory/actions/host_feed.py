from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.models import HostedFeed, Import
from pushcart.kit import clock, crypto
from pushcart.kit.addresses import TargetRefusedError, as_called, check_target

if TYPE_CHECKING:
    from pushcart.companies.models import Company
    from pushcart.stores.models import Store

LEAST_MINUTES = 5
USE = "feed-credentials"


def host_feed(
    company: Company,
    url: str,
    *,
    store: Store | None = None,
    delta: bool = False,
    every_minutes: int = 60,
    user: str = "",
    password: str = "",
) -> HostedFeed:
    """Has a feed fetched from its retailer's own server, now and then every so many minutes; the URL known: changes it.

    Args:
        company: Whose feed it is.
        url: Of https, without user or password in it.
        store: The one store that it tells of; None: the file says which.
        delta: It tells what changed; else all that the stores have.
        every_minutes: At least 5.
        user: For HTTP's own authentication; empty: none.
        password: Likewise; both are kept encrypted.

    Raises:
        FeedError: an address that we don't call, or too often.
    """
    try:
        url = as_called(url)
        check_target(url, settings.WEBHOOK_ALLOW)
    except TargetRefusedError as refused:
        raise FeedError(str(refused)) from None
    if every_minutes < LEAST_MINUTES:
        raise FeedError(f"A feed is fetched every {LEAST_MINUTES} minutes at the most.")
    if ":" in user:
        raise FeedError("A user's name has no colon.")
    credentials = crypto.seal(f"{user}:{password}", use=USE) if user or password else ""
    mode = Import.Mode.DELTA if delta else Import.Mode.SNAPSHOT
    anew = {"due_at": clock.now(), "etag": "", "last_modified": "", "failures": 0, "error": ""}
    hosted, _ = HostedFeed.objects.update_or_create(
        company=company,
        url=url,
        defaults={
            "store": store,
            "mode": mode,
            "every_minutes": every_minutes,
            "sealed_credentials": credentials,
            **anew,
        },
    )
    return hosted
